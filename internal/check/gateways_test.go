package check

import (
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
)

func TestObjectsOfAnotherPolicyAreNotCalledMissed(t *testing.T) {
	known := refs.FromObjects(nil, true)
	missed := testcase.Decode(t, `{"apiVersion":"gateway.solo.io/v1","kind":"VirtualService","metadata":{"name":"missed","namespace":"a"},"spec":{"virtualHost":{}}}`)
	due := testcase.Decode(t, `{"apiVersion":"gateway.solo.io/v1","kind":"VirtualService","metadata":{"name":"due","namespace":"a"},"spec":{"virtualHost":{}}}`)
	due, err := mutate.Object(due, policy.Default(), known).Applied(due)
	if err != nil {
		t.Fatal(err)
	}
	edited := testcase.Decode(t, strings.NewReplacer("due", "edited", "Host", "X-Mine").Replace(string(due.Raw())))
	other := policy.Default()
	other.SpanName.Template = "edge"
	for _, c := range []struct {
		pol     policy.Policy
		objects []gloo.Object
		want    string
	}{
		{policy.Default(), []gloo.Object{due}, ""},
		{policy.Default(), []gloo.Object{due, missed}, "missed: VirtualService a/missed"},
		{other, []gloo.Object{due}, "as another Policy or version has it: VirtualService a/due"},
		{policy.Default(), []gloo.Object{due, edited}, "additions that were edited stay as they are: VirtualService a/edited"},
		{other, []gloo.Object{due, edited}, "as another Policy or version has it: VirtualService a/due; additions that were edited stay as they are: VirtualService a/edited"},
		{other, []gloo.Object{due, missed}, "missed: VirtualService a/missed; as another Policy or version has it: VirtualService a/due"},
	} {
		if got := objectsAdmitted(&facts{objects: c.objects, policy: c.pol, known: known}); got.reason != c.want {
			t.Errorf("got %q, want %q", got.reason, c.want)
		}
	}
}
