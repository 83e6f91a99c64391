package integration

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// lists are objects to whose lists span names are added.
const lists = `
apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: lists, namespace: NAMESPACE}
spec:
  virtualHost:
    domains: ['lists.example.com']
    options:
      stagedTransformations:
        regular:
          requestTransforms:
          - matcher: {prefix: /api}
            requestTransformation:
              transformationTemplate: {passthrough: {}, headers: {x-api: {text: "1"}}}
    routes:
    - matchers: [{prefix: /}]
      directResponseAction: {status: 200, body: hello world}
      options: {transformations: {}}
---
apiVersion: gateway.solo.io/v1
kind: RouteTable
metadata: {name: lists, namespace: NAMESPACE}
spec:
  routes:
  - matchers: [{prefix: /}]
    directResponseAction: {status: 200, body: hello world}
    options: {stagedTransformations: {}}
`

// Applying objects again meets no conflict and changes nothing, be it the same
// tool, Flux (which forces its changes), or one that does not with objects whose
// lists are kept as they are.
func TestApplyingListsAgainChangesNothing(t *testing.T) {
	serverSide := func(manager string, more ...string) []string {
		return append([]string{"apply", "--server-side", "--field-manager=" + manager, "-f", "-"}, more...)
	}
	for name, c := range map[string]struct {
		apply, again []string
		kept         bool
		says         string // of each object
	}{
		"client-side":                      {[]string{"apply", "-f", "-"}, []string{"apply", "-f", "-"}, false, " configured\n"}, // it has sent the lists
		"server-side":                      {serverSide("gitops"), serverSide("gitops"), false, " serverside-applied\n"},
		"server-side, another that forces": {serverSide("gitops"), serverSide("kustomize-controller", "--force-conflicts"), false, " serverside-applied\n"},
		"server-side, another, lists kept": {serverSide("gitops"), serverSide("other"), true, " serverside-applied\n"},
		"client-side, then server-side":    {[]string{"apply", "-f", "-"}, []string{"apply", "--server-side", "--force-conflicts", "-f", "-"}, false, " serverside-applied\n"},
		"client-side, lists kept":          {[]string{"apply", "-f", "-"}, []string{"apply", "-f", "-"}, true, " unchanged\n"},
	} {
		t.Run(name, func(t *testing.T) {
			ns := namespace(t)
			manifest := strings.ReplaceAll(lists, "NAMESPACE", ns)
			if c.kept { // tracked by Argo CD
				manifest = strings.ReplaceAll(manifest, "{name: lists,", `{name: lists, annotations: {argocd.argoproj.io/tracking-id: "edge:x"},`)
			}
			kubectl(t, manifest, c.apply...)
			before := map[string]string{}
			for object, named := range map[string]string{
				"virtualservice/lists": "spec.virtualHost.options.stagedTransformations.regular.requestTransforms.1.requestTransformation.transformationTemplate.spanTransformer",
				"routetable/lists":     "spec.routes.0.options.stagedTransformations.regular.requestTransforms.0.requestTransformation.transformationTemplate.spanTransformer",
			} {
				stored := get(t, ns, object)
				if gjson.Get(stored, named).Exists() == c.kept {
					t.Errorf("%s: a name at %s is not wanted to be %v: %s", object, named, c.kept, gjson.Get(stored, "spec").Raw)
				}
				before[object] = gjson.Get(stored, "metadata.generation").Raw
			}
			for range 2 {
				if said := kubectl(t, manifest, c.again...); strings.Count(said, c.says) != len(before) {
					t.Errorf("kubectl says %s", said)
				}
			}
			for object, generation := range before {
				if after := gjson.Get(get(t, ns, object), "metadata.generation").Raw; after != generation {
					t.Errorf("%s: applied again, its generation went from %s to %s", object, generation, after)
				}
			}
		})
	}
}

// A tool that does not force its changes, and was not the first, meets a
// conflict about a list that was added to: docs/gitops.md says so.
func TestAnotherManagerMeetsAConflictAboutAList(t *testing.T) {
	ns := namespace(t)
	manifest := strings.ReplaceAll(lists, "NAMESPACE", ns)
	kubectl(t, manifest, "apply", "--server-side", "--field-manager=gitops", "-f", "-")
	if said := refused(t, manifest, "apply", "--server-side", "--field-manager=other", "-f", "-"); !strings.Contains(said, `conflict with "gitops"`) {
		t.Errorf("kubectl says %s", said)
	}
}
