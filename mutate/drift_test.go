package mutate_test

import (
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
)

// Argo CD compares a custom resource with what a three-way merge of its last
// applied, its desired and its live state would make of it.
// Source: ThreeWayDiff in pkg/diff of argoproj/gitops-engine.
func TestArgoCDSeesNoDrift(t *testing.T) {
	withLists := 0
	testcase.Run(t, "../testdata", func(t *testing.T, c testcase.Case) {
		objects := c.Inputs()
		for _, o := range objects {
			if !o.IsGloo() || o.Spec().Child("hybridGateway", "matchedGateways").IsList() {
				continue // a listener in a list is pointed at the collector all the same: docs/gitops.md
			}
			desired, err := jsonpatch.MergePatch(o.Raw(), []byte(`{"metadata":{"annotations":{"argocd.argoproj.io/tracking-id":"edge:x"}}}`))
			if err != nil {
				t.Fatal(err)
			}
			tracked, err := gloo.Decode(desired)
			if err != nil {
				continue
			}
			tracked = tracked.InNamespace(o.Namespace)
			pol := c.Policy
			if pol.SpanName.ExistingTransforms == policy.Patch {
				continue
			}
			if drifts(t, desired, apply(t, tracked, mutate.Object(tracked, pol, c.Known(objects))).Raw()) {
				t.Errorf("%s drifts", o)
			}
			pol.SpanName.ExistingTransforms = policy.Patch
			if drifts(t, desired, apply(t, tracked, mutate.Object(tracked, pol, c.Known(objects))).Raw()) {
				withLists++
			}
		}
	})
	if withLists == 0 {
		t.Error("not even patched lists drift: the test shows nothing")
	}
}

func drifts(t *testing.T, desired, live []byte) bool {
	t.Helper()
	patch, err := jsonmergepatch.CreateThreeWayJSONMergePatch(desired, desired, live)
	if err != nil {
		t.Fatal(err)
	}
	return string(patch) != "{}"
}
