package mutate_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
)

func TestEachRequestHasANameAndNothingElseChanges(t *testing.T) {
	for seed := range uint64(300) {
		w := newRouting(seed)
		before := w.objects()
		after := mutated(t, w, before)
		if fault := compare(w, before, after); fault != "" {
			t.Fatalf("seed %d: %s\nbefore %s\nafter %s", seed, fault, canonical(before), canonical(after))
		}
	}
}

// mutated are the objects as they are after each one was admitted, in an order
// made at random, a second time too: which must change nothing.
func mutated(t *testing.T, w routing, objects []obj) []obj {
	t.Helper()
	now := make([]gloo.Object, len(objects))
	for i, o := range objects {
		raw, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if now[i], err = gloo.Decode(raw); err != nil {
			t.Fatal(err)
		}
	}
	pol := policy.Default()
	if w.byRoute() {
		pol.SpanName.Strategy = policy.ByRoute
	}
	for round := range 2 {
		known := refs.FromObjects(now, true)
		for _, i := range w.Perm(len(now)) {
			if round == 0 && w.seed%4 == 0 {
				known = refs.FromObjects(now, true)
			}
			result := mutate.Object(now[i], pol, known)
			if round > 0 && len(result.Patch) > 0 {
				t.Fatalf("%s: mutated again: %v\n%s", now[i], result.Patch, now[i].Raw())
			}
			was := now[i]
			now[i] = apply(t, was, result)
			if at := lost(testcase.Generic(t, was.Raw()), testcase.Generic(t, now[i].Raw()), ""); at != "" {
				t.Fatalf("%s lost or changed by %v", at, result.Patch)
			}
		}
	}
	after := make([]obj, len(now))
	for i, o := range now {
		after[i] = testcase.Generic(t, o.Raw()).(obj)
	}
	return after
}

var requests = []request{
	{"GET", "/", ""}, {"POST", "/", ""}, {"GET", "/api/pets", ""}, {"POST", "/api", ""}, {"GET", "/other", ""}, {"GET", "/pets", ""}, {"POST", "/pets/1", ""},
	{"GET", "/API/x", ""}, {"GET", "/Other", ""}, {"GET", "/api?q=1", ""}, {"GET", "/api/pets", "x"}, {"POST", "/pets/1?q=1", "x"}, {"CONNECT", "", ""},
}

// compare puts requests to the model of the objects before and after, and says
// what is wrong: "" if nothing is.
func compare(w routing, before, after []obj) string {
	b, a := newModel(before, w.destinationsInherit()), newModel(after, w.destinationsInherit())
	template := policy.Default().SpanName.Template
	for _, r := range requests {
		now := a.outcomes(r)
		for place, was := range b.outcomes(r) {
			is := now[place]
			switch {
			case r.method == "CONNECT" && was.routes == nil: // whose others have to have a path
			case is.rest != was.rest:
				return fmt.Sprintf("%s %v: something else changes: was\n%s\nis\n%s", place, r, was.rest, is.rest)
			case was.name != unnamed && is.name != was.name && was.excuse != namedTwice:
				return fmt.Sprintf("%s %v: was named %s, is named %s", place, r, was.name, is.name)
			case was.name == unnamed && is.name == unnamed && was.excuse == "":
				return fmt.Sprintf("%s %v: has no name", place, r)
			case was.name == unnamed && is.name != unnamed && is.name != template && !w.byRoute():
				return fmt.Sprintf("%s %v: is named %s", place, r, is.name)
			case was.name == unnamed && is.name != unnamed && is.name != template && is.routes != nil && !slices.Contains(is.routes, is.name):
				return fmt.Sprintf("%s %v: is named %s, and is of %v", place, r, is.name, is.routes)
			}
		}
	}
	return ""
}
