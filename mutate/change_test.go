package mutate_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
)

// Objects whose routes or option objects change after they were admitted come to
// the same for each request as those that are admitted for the first time: kubectl
// apply puts the user's lists in the place of those that are there, and leaves
// what was added elsewhere.
func TestObjectsThatChangeAreAsIfTheyWereNew(t *testing.T) {
	changed := 0
	for seed := range uint64(300) {
		w := newRouting(seed)
		before := w.objects()
		after := mutated(t, w, before)
		for i, o := range before {
			switch {
			case o["kind"] == "VirtualService":
				routes := testcase.Generic(t, []byte(canonical(w.routes(0))))
				at(before[i], "spec", "virtualHost").(obj)["routes"] = routes
				at(after[i], "spec", "virtualHost").(obj)["routes"] = routes
				before[i], after[i] = copied(t, before[i]), copied(t, after[i])
			case w.IntN(2) == 0 && (o["kind"] == "VirtualHostOption" || o["kind"] == "RouteOption"):
				spec := obj{}
				w.options(spec, o["kind"].(string))
				before[i]["spec"], after[i]["spec"] = spec, spec
				before[i], after[i] = copied(t, before[i]), copied(t, after[i])
			}
		}
		fresh, again := mutated(t, w, before), admittedAgain(t, w, after)
		for _, r := range requests {
			want := newModel(fresh, w.destinationsInherit()).outcomes(r)
			got := newModel(again, w.destinationsInherit()).outcomes(r)
			for place := range want {
				if want[place].name == got[place].name && want[place].rest == got[place].rest {
					changed++
					continue
				}
				t.Fatalf("seed %d: %s %v: want %v, got %v\n(-new +changed) %s", seed, place, r, want[place], got[place], cmp.Diff(fresh, again))
			}
		}
	}
	if changed < 1000 {
		t.Errorf("only %d outcomes were compared", changed)
	}
}

func copied(t *testing.T, o obj) obj {
	t.Helper()
	return testcase.Generic(t, []byte(canonical(o))).(obj)
}

// admittedAgain are the objects after each was admitted until none changes.
func admittedAgain(t *testing.T, w routing, objects []obj) []obj {
	t.Helper()
	pol := policy.Default()
	if w.byRoute() {
		pol.SpanName.Strategy = policy.ByRoute
	}
	now := make([]gloo.Object, len(objects))
	for i, o := range objects {
		raw, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		now[i] = decoded(t, string(raw))
	}
	for round := 0; ; round++ {
		quiet := true
		known := refs.FromObjects(now, true)
		for i := range now {
			result := mutate.Object(now[i], pol, known)
			quiet = quiet && len(result.Patch) == 0
			now[i] = apply(t, now[i], result)
		}
		if quiet {
			break
		}
		if round == 4 {
			t.Fatal("each admission changes the objects")
		}
	}
	after := make([]obj, len(now))
	for i, o := range now {
		after[i] = testcase.Generic(t, o.Raw()).(obj)
	}
	return after
}
