package integration

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/glootrace/glootrace/test/env"
)

// plain is a VirtualService without options: its span name is in maps only.
const plain = `
apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: plain, namespace: NAMESPACE}
spec:
  virtualHost:
    domains: ['plain.example.com']
    routes:
    - matchers: [{prefix: /}]
      directResponseAction: {status: 200, body: hello world}
`

const nameAdded = "spec.virtualHost.options.stagedTransformations.regular.requestTransforms.0.requestTransformation.transformationTemplate.spanTransformer.name.text"

// Nobody owns what was added: the next apply neither conflicts with it nor takes
// it away.
func TestWhatWasAddedIsOwnedByNobody(t *testing.T) {
	for manager, apply := range map[string][]string{
		"gitops":                    {"apply", "--server-side", "--field-manager=gitops", "-f", "-"},
		"kubectl-client-side-apply": {"apply", "-f", "-"},
	} {
		t.Run(manager, func(t *testing.T) {
			ns := namespace(t)
			kubectl(t, strings.ReplaceAll(plain, "NAMESPACE", ns), apply...)
			stored := get(t, ns, "virtualservice/plain --show-managed-fields")
			if !gjson.Get(stored, nameAdded).Exists() {
				t.Fatalf("no name in %s", stored)
			}
			owners := map[string][]string{}
			for _, m := range gjson.Get(stored, "metadata.managedFields").Array() {
				for what, path := range map[string]string{
					"sent":   "fieldsV1.f:spec.f:virtualHost.f:routes",
					"added":  "fieldsV1.f:spec.f:virtualHost.f:options",
					"record": `fieldsV1.f:metadata.f:annotations.f:glootrace\.dev/added`,
				} {
					if m.Get(path).Exists() {
						owners[what] = append(owners[what], m.Get("manager").Str)
					}
				}
			}
			if diff := cmp.Diff(map[string][]string{"sent": {manager}}, owners); diff != "" {
				t.Errorf("owners (-want +got):\n%s\n%s", diff, gjson.Get(stored, "metadata.managedFields").Raw)
			}
		})
	}
}

// Flux applies an object on trial, and for good only if the result differs from
// what is there: in its labels, its annotations, or anything but its metadata and
// status.
func TestFluxSeesNoDrift(t *testing.T) {
	ns := namespace(t)
	manifest := strings.ReplaceAll(plain+"---"+lists, "NAMESPACE", ns)
	apply := []string{"apply", "--server-side", "--force-conflicts", "--field-manager=kustomize-controller", "-f", "-"}
	kubectl(t, manifest, apply...)
	tried := gjson.Get(kubectl(t, manifest, append(apply, "--dry-run=server", "-o", "json")...), "items").Array()
	if len(tried) != 3 {
		t.Errorf("%d objects were tried", len(tried))
	}
	for _, object := range tried {
		live := get(t, ns, object.Get("kind").Str+"/"+object.Get("metadata.name").Str)
		for _, part := range []string{"spec", "metadata.labels", "metadata.annotations", "metadata.generation"} {
			if diff := cmp.Diff(gjson.Get(live, part).Value(), object.Get(part).Value()); diff != "" {
				t.Errorf("%s of %s (-live +dry-run):\n%s", part, object.Get("kind").Str, diff)
			}
		}
	}
	if said, _, err := cluster.Kubectl(t.Context(), manifest, "diff", "--server-side", "--force-conflicts", "--field-manager=kustomize-controller", "-f", "-"); err != nil {
		t.Errorf("kubectl diff: %v\n%s", err, said)
	}
}

// kubectl edit sends what was edited, on top of what is there.
func TestKubectlEditKeepsWhatWasAdded(t *testing.T) {
	ns := namespace(t)
	kubectl(t, strings.ReplaceAll(plain, "NAMESPACE", ns), "apply", "-f", "-")
	before := get(t, ns, "virtualservice/plain")
	edit := func(script string) string {
		t.Helper()
		t.Setenv("KUBE_EDITOR", "sed -i -e "+script)
		kubectl(t, "", "edit", "virtualservice/plain", "-n", ns)
		return get(t, ns, "virtualservice/plain")
	}
	// The manifest as it was applied is in an annotation, and is not edited.
	after := edit(`'/last-applied/n;/^ /s/- plain.example.com/- other.example.com/'`)
	if domain := gjson.Get(after, "spec.virtualHost.domains.0").Str; domain != "other.example.com" {
		t.Errorf("not edited: %s", after)
	}
	for _, part := range []string{"spec.virtualHost.options", `metadata.annotations.glootrace\.dev/added`} {
		if diff := cmp.Diff(gjson.Get(before, part).Raw, gjson.Get(after, part).Raw); diff != "" {
			t.Errorf("%s (-before +after):\n%s", part, diff)
		}
	}
	if g := gjson.Get(after, "metadata.generation").Int(); g != gjson.Get(before, "metadata.generation").Int()+1 {
		t.Errorf("generation %d after one edit", g)
	}
	if mine := gjson.Get(edit(`'s/header("Host")/header("X-Mine")/'`), nameAdded).Str; mine != `{{header("X-Mine")}}` {
		t.Errorf("the name that was edited is %s", mine)
	}
}

// Helm upgrades to what is new in the chart, and leaves what was added.
func TestHelmUpgradeKeepsWhatWasAdded(t *testing.T) {
	for _, major := range env.HelmVersions {
		t.Run("Helm "+major, func(t *testing.T) {
			helm, err := env.NewHelm(t.Context(), major, os.Stderr)
			if err != nil {
				t.Fatal(err)
			}
			ns := namespace(t)
			chart := t.TempDir()
			for file, content := range map[string]string{
				"Chart.yaml":          "apiVersion: v2\nname: edge\nversion: 1.0.0\n",
				"templates/edge.yaml": strings.ReplaceAll(strings.ReplaceAll(plain+"---"+lists, "NAMESPACE", ns), "hello world", "{{ .Values.body }}"),
				"values.yaml":         "body: hello world\n",
			} {
				path := filepath.Join(chart, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			run := func(args ...string) {
				t.Helper()
				if _, err := helm.Run(t.Context(), "", cluster.Kubeconfig, append(args, "--namespace", ns)...); err != nil {
					t.Fatal(err)
				}
			}
			state := func() (named map[string]bool, generations string) {
				named = map[string]bool{}
				for _, object := range []string{"routetable/lists", "virtualservice/lists", "virtualservice/plain"} {
					stored := get(t, ns, object)
					named[object] = strings.Contains(gjson.Get(stored, "spec").Raw, "spanTransformer")
					generations += fmt.Sprint(gjson.Get(stored, "metadata.generation").Int(), " ")
				}
				return named, generations
			}
			run("install", "edge", chart)
			for _, step := range []struct {
				args        []string
				generations string
			}{
				{nil, "1 1 1 "},
				{[]string{"upgrade", "edge", chart}, "1 1 1 "},
				{[]string{"upgrade", "edge", chart, "--set", "body=bye"}, "2 2 2 "},
				{[]string{"upgrade", "edge", chart, "--set", "body=bye"}, "2 2 2 "},
				{[]string{"rollback", "edge", "1"}, "3 3 3 "},
			} {
				if step.args != nil {
					run(step.args...)
				}
				named, generations := state()
				if slices.Contains(slices.Collect(maps.Values(named)), false) || generations != step.generations {
					t.Errorf("after %v: named %v, generations %s, want %s", step.args, named, generations, step.generations)
				}
			}
		})
	}
}
