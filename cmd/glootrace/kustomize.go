package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/gloo"
)

// kustomization is what of a kustomization names files with patches.
type kustomization struct {
	Patches []struct {
		Path string `json:"path"`
	} `json:"patches"`
	PatchesStrategicMerge []string `json:"patchesStrategicMerge"`
}

// patchedBy is the kustomization that applies a file as a patch, by the file's name.
func patchedBy(read []*document.File) map[string]string {
	by := map[string]string{}
	for _, f := range read {
		var k kustomization
		isOne := slices.Contains([]string{"kustomization.yaml", "kustomization.yml", "Kustomization"}, filepath.Base(f.Name))
		if !isOne || yaml.Unmarshal(f.Bytes(), &k) != nil {
			continue
		}
		for _, p := range k.Patches {
			k.PatchesStrategicMerge = append(k.PatchesStrategicMerge, p.Path)
		}
		for _, path := range k.PatchesStrategicMerge {
			by[filepath.Join(filepath.Dir(f.Name), path)] = f.Name
		}
	}
	return by
}

// withoutPatches leaves out what is in files that a kustomization among them
// applies as patches: parts of objects, that would be taken for whole ones.
func withoutPatches(read []*document.File, manifests []manifest, command string, tell func(note string)) (whole []manifest) {
	by := patchedBy(read)
	for _, m := range manifests {
		kustomization, is := by[m.file.Name]
		if !is {
			whole = append(whole, m)
			continue
		}
		tell(gloo.Printable(fmt.Sprintf("%s:%d: %s: a patch of %s, no whole object: passed over; kustomize build %s | %s -f - takes what comes of it",
			m.file.Name, m.source.Line(""), m.object, kustomization, filepath.Dir(kustomization), command)))
	}
	return whole
}
