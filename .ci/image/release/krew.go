package main

import (
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/.ci/image/build"
)

// plugin is a manifest of kubectl's plugin manager, krew: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/.
type plugin struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   pluginMetadata `json:"metadata"`
	Spec       pluginSpec     `json:"spec"`
}

type pluginMetadata struct {
	Name string `json:"name"`
}

type pluginSpec struct {
	Version          string           `json:"version"`
	Homepage         string           `json:"homepage"`
	ShortDescription string           `json:"shortDescription"`
	Description      string           `json:"description"`
	Platforms        []pluginPlatform `json:"platforms"`
}

type pluginPlatform struct {
	Selector struct {
		MatchLabels map[string]string `json:"matchLabels"`
	} `json:"selector"`
	URI    string       `json:"uri"`
	SHA256 string       `json:"sha256"`
	Bin    string       `json:"bin"`
	Files  []pluginFile `json:"files"`
}

type pluginFile struct {
	From string `json:"from"`
	To   string `json:"to"`
}

const home = "https://github.com/glootrace/glootrace"

// krew writes the manifest by which `kubectl krew install` finds the archives.
func (r release) krew(archives []build.Artifact) error {
	m := plugin{APIVersion: "krew.googlecontainertools.github.com/v1alpha2", Kind: "Plugin", Metadata: pluginMetadata{"glootrace"}, Spec: pluginSpec{
		Version:          r.Version,
		Homepage:         home,
		ShortDescription: "OpenTelemetry tracing at a Gloo gateway",
		Description: "Checks that tracing at a Solo.io Gloo gateway works in a cluster, sends a request through it and\n" +
			"finds its trace, and finds mistakes in tracing configuration in files and in the cluster.\n",
	}}
	for _, a := range archives {
		p := pluginPlatform{URI: home + "/releases/download/" + r.Version + "/" + a.Name, SHA256: a.SHA256, Bin: "glootrace"}
		if strings.HasSuffix(a.Name, ".zip") {
			p.Bin += ".exe"
		}
		p.Selector.MatchLabels = map[string]string{"os": a.OS, "arch": a.Arch}
		p.Files = []pluginFile{{p.Bin, "."}, {"LICENSE", "."}, {build.ThirdParty, "."}}
		m.Spec.Platforms = append(m.Spec.Platforms, p)
	}
	text, err := yaml.Marshal(m)
	if err != nil {
		return err
	}
	return r.write("glootrace.krew.yaml", text)
}
