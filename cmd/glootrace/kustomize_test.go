package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const kustomizeBase = `apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  virtualHost:
    domains: [shop]
    options:
      stagedTransformations: {regular: {requestTransforms: [{requestTransformation: {transformationTemplate: {passthrough: {}, headers: {x: {text: mine}}}}}]}}
    routes: [{directResponseAction: {status: 200}}]
`

const kustomizePatch = `apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  virtualHost:
    options: {timeout: 5s}
`

// kustomized is a folder with a base and an overlay that patches it.
func kustomized(t *testing.T, patches string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"base/vs.yaml":                       kustomizeBase,
		"base/kustomization.yaml":            "resources: [vs.yaml]\n",
		"overlays/prod/timeout.yaml":         kustomizePatch,
		"overlays/prod/gateway.yaml":         "apiVersion: gateway.solo.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: {httpGateway: {}}\n",
		"overlays/prod/kustomization.yaml":   "resources: [../../base]\n" + patches,
		"overlays/broken/kustomization.yaml": "patches: 7\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestPatchesOfAKustomizationAreNoObjects(t *testing.T) {
	for _, patches := range []string{
		"patches:\n- path: timeout.yaml\n- path: gateway.yaml\n- patch: |-\n    - {op: remove, path: /spec}\n  target: {kind: VirtualService}\n",
		"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatchesStrategicMerge: [timeout.yaml, ./gateway.yaml]\n",
	} {
		root := kustomized(t, patches)
		out, stderr, code := glootrace(t, "", "inject", "-R", "-f", root)
		if code != 0 || !strings.Contains(out, kustomizePatch) || strings.Count(out, "glootrace.dev/added") != 1 {
			t.Errorf("%s: exit code %d, printed\n%s", patches, code, out)
		}
		overlay := filepath.Join(root, "overlays", "prod")
		said := filepath.Join(overlay, "timeout.yaml") + ":1: VirtualService default/shop: a patch of " + filepath.Join(overlay, "kustomization.yaml") +
			", no whole object: passed over; kustomize build " + overlay + " | glootrace "
		if !strings.Contains(stderr, said+"inject -f -") || strings.Count(stderr, "\n") != 2 {
			t.Errorf("%s: said\n%s", patches, stderr)
		}
		out, stderr, code = glootrace(t, "", "lint", "-R", "-f", root)
		if code != 0 || strings.Contains(out, "overlays") || !strings.Contains(stderr, "note: "+said+"lint -f -") {
			t.Errorf("%s: lint: exit code %d, printed\n%s, said\n%s", patches, code, out, stderr)
		}
	}
}

func TestWhatCanBeButAPartOfAnObjectIsLeftAsItIs(t *testing.T) {
	out, stderr, code := glootrace(t, kustomizePatch, "inject", "-f", "-")
	said := "stdin:1: VirtualService default/shop: left as it is: without domains and routes it is taken for a part of an object, such as a patch\n"
	if code != 0 || out != kustomizePatch || stderr != said {
		t.Errorf("exit code %d, printed\n%s, said\n%s", code, out, stderr)
	}
	if out, stderr, code := glootrace(t, kustomizePatch, "lint", "-f", "-"); code != 0 || stderr != "" {
		t.Errorf("lint: exit code %d, printed\n%s, said\n%s", code, out, stderr)
	}
}
