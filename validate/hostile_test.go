package validate_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/validate"
)

// TestWhateverStandsInAFieldIsTaken puts values where they do not belong into
// the objects of all cases: validation answers, and finds in an update that
// changes nothing nothing new.
func TestWhateverStandsInAFieldIsTaken(t *testing.T) {
	testcase.Run(t, "../testdata", func(t *testing.T, c testcase.Case) {
		for seed := range uint64(20) {
			r := rand.New(rand.NewPCG(seed, 1))
			var objects []gloo.Object
			for _, o := range c.Objects {
				document := testcase.Generic(t, o.Raw()).(map[string]any)
				document["spec"] = spoiled(r, document["spec"])
				raw, err := json.Marshal(document)
				if err != nil {
					t.Fatal(err)
				}
				broken, err := gloo.Decode(raw)
				if err != nil {
					t.Fatal(err)
				}
				objects = append(objects, broken)
			}
			known := refs.FromObjects(objects, c.Complete)
			for _, o := range objects {
				for _, f := range validate.Object(o, &o, c.Policy, known) {
					if !f.Old {
						t.Errorf("seed %d: new is %s\nin %s", seed, f, o.Raw())
					}
				}
			}
		}
	})
}

// spoiled replaces a value now and then by something else.
func spoiled(r *rand.Rand, v any) any {
	if r.IntN(15) == 0 {
		return []any{nil, "text", "", 7, -1.5, true, map[string]any{}, []any{}, []any{nil, 1}, "{{ x", map[string]any{"text": "{{}}"}}[r.IntN(11)]
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			v[name] = spoiled(r, v[name])
		}
	case []any:
		for i, item := range v {
			v[i] = spoiled(r, item)
		}
	}
	return v
}
