package mutate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
	"github.com/glootrace/glootrace/validate"
)

func TestAddsWhatTheCasesSay(t *testing.T) {
	testcase.Run(t, "../testdata", func(t *testing.T, c testcase.Case) {
		golden, errs := document.Parse(c.Path, c.Golden)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		objects := c.Inputs()
		for i, o := range c.Objects {
			result := mutate.Object(o.Object, c.Policy, c.Known(objects))
			if diff := cmp.Diff(o.Notes, testcase.Notes(result.Notes)); diff != "" {
				t.Errorf("%s: notes (-want +got):\n%s", o, diff)
			}
			objects[i] = apply(t, o.Object, result)
			if diff := cmp.Diff(testcase.Generic(t, golden.Objects()[i].JSON()), testcase.Generic(t, objects[i].Raw())); diff != "" {
				t.Errorf("%s: mutated (-golden +got):\n%s", o, diff)
			}
		}
	})
}

func TestMutatedObjectIsLeftAsItIsAndHasNoNewFinding(t *testing.T) {
	testcase.Run(t, "../testdata", func(t *testing.T, c testcase.Case) {
		objects := c.Inputs()
		for i, o := range c.Objects {
			known := c.Known(objects)
			mutated := apply(t, o.Object, mutate.Object(o.Object, c.Policy, known))
			if again := mutate.Object(mutated, c.Policy, known); len(again.Patch) > 0 {
				t.Errorf("%s: mutated twice: %v", o, again.Patch)
			}
			before := validate.Object(o.Object, nil, c.Policy, known)
			after := validate.Object(mutated, nil, c.Policy, known)
			finding.MarkOld(after, before)
			for _, f := range after {
				if !f.Old {
					t.Errorf("%s: only after mutation: %s", o, f)
				}
			}
			objects[i] = mutated
		}
	})
}

// apply is the object as a result's patch makes it.
func apply(t testing.TB, o gloo.Object, r mutate.Result) gloo.Object {
	t.Helper()
	result, err := gloo.Decode(testcase.Apply(t, o.Raw(), r.Patch))
	if err != nil {
		t.Fatal(err)
	}
	return result.InNamespace(o.Namespace)
}
