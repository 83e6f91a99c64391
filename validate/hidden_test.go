package validate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
	"github.com/glootrace/glootrace/validate"
)

// Where an option object is used, spans are named inline as long as it has no transformations of its own.
func TestAnOptionObjectThatAnAdditionHides(t *testing.T) {
	const empty = `{apiVersion: gateway.solo.io/v1, kind: VirtualHostOption, metadata: {name: later, namespace: a}, spec: {options: {}}}`
	users := []string{
		`{apiVersion: gateway.solo.io/v1, kind: VirtualService, metadata: {name: named, namespace: a}, spec: {virtualHost: {optionsConfigRefs: {delegateOptions: [{name: later, namespace: a}]}}}}`,
		`{apiVersion: gateway.solo.io/v1, kind: VirtualService, metadata: {name: of-the-user, namespace: a}, spec: {virtualHost: {options: {stagedTransformations: {regular: {}}}, optionsConfigRefs: {delegateOptions: [{name: later, namespace: a}]}}}}`,
	}
	before := refs.FromObjects([]gloo.Object{testcase.Decode(t, empty)}, true)
	var objects []gloo.Object
	for _, text := range users {
		o := testcase.Decode(t, text)
		admitted, err := mutate.Object(o, policy.Default(), before).Applied(o)
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, admitted)
	}
	for options, want := range map[string]string{
		`{}`:                                   "",
		`{cors: {}}`:                           "",
		`{stagedTransformations: {early: {}}}`: "warning GT217 spec.options.stagedTransformations",
		`{transformations: {}}`:                "warning GT217 spec.options.transformations",
	} {
		o := testcase.Decode(t, strings.Replace(empty, "options: {}", "options: "+options, 1))
		known := refs.FromObjects(append(slices.Clone(objects), o), true)
		found := validate.Object(o, nil, policy.Default(), known)
		if got := strings.Join(testcase.Findings(found), "; "); got != want {
			t.Errorf("%s: got %q, want %q", options, got, want)
		}
		for _, f := range found {
			if !strings.Contains(f.Message, "is ignored in VirtualService a/named: ") {
				t.Errorf("%s: %s", options, f)
			}
		}
		// As the fix has it, the addition gives way.
		again, err := mutate.Object(objects[0], policy.Default(), known).Applied(objects[0])
		if err != nil {
			t.Fatal(err)
		}
		left := slices.ContainsFunc(validate.Object(o, nil, policy.Default(), refs.FromObjects([]gloo.Object{again, o}, true)),
			func(f finding.Finding) bool { return f.Code == finding.AdditionHides.Code })
		if left {
			t.Errorf("%s: it is still hidden in %s", options, again.Raw())
		}
	}
}
