package mutate_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glootrace/glootrace/internal/added"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
)

// edit changes something at random in v, and the same in w, which may have more.
func (r routing) edit(t *testing.T, v, w any) (any, any) {
	t.Helper()
	switch v := v.(type) {
	case obj:
		w := w.(obj)
		keys := slices.Sorted(maps.Keys(v))
		if len(keys) == 0 || r.IntN(8) == 0 {
			key := r.unique("mine")
			v[key], w[key] = true, true
			return v, w
		}
		key := keys[r.IntN(len(keys))]
		if r.IntN(12) == 0 {
			delete(v, key)
			delete(w, key)
			return v, w
		}
		v[key], w[key] = r.edit(t, v[key], w[key])
		return v, w
	case []any:
		w := w.([]any)
		i := 0
		if len(v) > 0 {
			i = r.IntN(len(v))
		}
		switch n := r.IntN(8); {
		case n == 0 || len(v) == 0:
			item := r.entry(true)
			return slices.Insert(v, i, testcase.Generic(t, []byte(canonical(item)))), slices.Insert(w, i, testcase.Generic(t, []byte(canonical(item))))
		case n == 1:
			return slices.Delete(v, i, i+1), slices.Delete(w, i, i+1)
		}
		v[i], w[i] = r.edit(t, v[i], w[i])
		return v, w
	case string:
		return v + "x", v + "x"
	}
	return v, w
}

// injected is an object of a world made at random, with what was added to it.
func injected(t *testing.T, seed uint64) (r routing, before, after gloo.Object, pol policy.Policy, others []gloo.Object) {
	t.Helper()
	r = newRouting(seed)
	for _, o := range r.objects() {
		others = append(others, decoded(t, canonical(o)))
	}
	pol = policy.Default()
	if r.byRoute() {
		pol.SpanName.Strategy = policy.ByRoute
	}
	before = others[r.IntN(len(others))]
	others = slices.DeleteFunc(others, func(o gloo.Object) bool { return o.String() == before.String() })
	return r, before, apply(t, before, mutate.Object(before, pol, refs.FromObjects(append(others, before), true))), pol, others
}

// What a user edits after an addition stays, and is not undone the next time.
func TestEditsAfterAnAdditionStay(t *testing.T) {
	for seed := range uint64(1000) {
		r, _, after, pol, others := injected(t, seed)
		for range 3 {
			edited, same := generic(t, after), generic(t, after)
			for range r.IntN(3) {
				edited["spec"], same["spec"] = r.edit(t, edited["spec"], same["spec"])
			}
			if r.IntN(2) == 0 {
				pol = changed(pol)
			}
			o := decoded(t, canonical(edited))
			after = apply(t, o, mutate.Object(o, pol, refs.FromObjects(append(others, o), true)))
			if diff := cmp.Diff(withoutAdditions(t, o), withoutAdditions(t, after)); diff != "" {
				t.Errorf("seed %d: what is the user's of %s (-before +after):\n%s", seed, o.Raw(), diff)
			}
			if again := mutate.Object(after, pol, refs.FromObjects(append(others, after), true)); len(again.Patch) > 0 {
				t.Errorf("seed %d: once more: %v to\n%s\nedited: %s", seed, again.Patch, after.Raw(), o.Raw())
			}
		}
	}
}

// If all additions are found after an edit elsewhere, they are what was added.
func TestEditsLeaveWhatIsTheUsers(t *testing.T) {
	provable := 0
	for seed := range uint64(2000) {
		r, before, after, _, _ := injected(t, seed)
		mine, object := generic(t, before), generic(t, after)
		for range 1 + r.IntN(2) {
			mine["spec"], object["spec"] = r.edit(t, mine["spec"], object["spec"])
		}
		record, err := added.Parse(after.Annotations()[added.Annotation])
		if err != nil {
			continue
		}
		edited := canonical(object)
		if _, left := record.Find(object); len(left) > 0 {
			continue
		}
		provable++
		record.TakeOut(object)
		if diff := cmp.Diff(mine, object); diff != "" {
			t.Errorf("seed %d: (-without additions +taken out):\n%s\nfrom %s", seed, diff, edited)
		}
	}
	if provable < 600 {
		t.Errorf("only %d were edited and taken out", provable)
	}
}

func generic(t *testing.T, o gloo.Object) obj {
	t.Helper()
	return testcase.Generic(t, o.Raw()).(obj)
}

// withoutAdditions is an object without the additions that are found in it, and
// without the record.
func withoutAdditions(t *testing.T, o gloo.Object) obj {
	t.Helper()
	object := generic(t, o)
	if record, err := added.Parse(o.Annotations()[added.Annotation]); err == nil {
		record.TakeOut(object)
	}
	if meta := object["metadata"].(obj); meta["annotations"] != nil {
		delete(meta["annotations"].(obj), added.Annotation)
		if len(meta["annotations"].(obj)) == 0 {
			delete(meta, "annotations")
		}
	}
	return object
}

// Anybody can write a record: nothing that glootrace does not write goes by it.
func TestAForgedRecordLosesNothing(t *testing.T) {
	const object = `{"apiVersion":"gateway.solo.io/v1","kind":"VirtualService","metadata":{"name":"a","annotations":{"glootrace.dev/added":"v1 - :0: %s"}},"spec":{"virtualHost":{
		"domains":["shop.example.com"],"options":{"stagedTransformations":{"regular":{"requestTransforms":[%s]}}}}}}`
	const headers = `{"requestTransformation":{"transformationTemplate":{"passthrough":{},"headers":{"x":{"text":"1"}}}}}`
	const list = "/spec/virtualHost/options/stagedTransformations/regular/requestTransforms"
	for _, entry := range []string{
		added.Hash([]any{"shop.example.com"}) + ":0:/spec/virtualHost/domains",
		added.Hash(json.RawMessage(headers)) + ":0:" + list + "/-",
		added.Hash(json.RawMessage("["+headers+"]")) + ":0:" + list,
	} {
		o := decoded(t, fmt.Sprintf(object, entry, headers))
		result := mutate.Object(o, changed(policy.Default()), refs.FromObjects(nil, true))
		if at := lost(at(generic(t, o), "spec"), at(generic(t, apply(t, o, result)), "spec"), ""); at != "" || len(result.Added) == 0 {
			t.Errorf("%s: %s lost by %v", entry, at, result.Patch)
		}
		object := generic(t, o)
		record, err := added.Parse(o.Annotations()[added.Annotation])
		if err != nil {
			t.Fatal(err)
		}
		if record.TakeOut(object); !cmp.Equal(object["spec"], generic(t, o)["spec"]) {
			t.Errorf("%s: %v is left", entry, object)
		}
	}
}

// What is added elsewhere later does not let it forget that somebody took an entry out.
func TestAnEntryThatWasTakenOutStaysOut(t *testing.T) {
	const mine, entries = `{"matcher": {"exact": "/own"}, "requestTransformation": {"transformationTemplate": {"passthrough": {}}}}`, `{"stagedTransformations": {"early": {}, "regular": {"requestTransforms": [%s]}}}`
	o := decoded(t, fmt.Sprintf(`{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": {"name": "a"}, "spec": {"virtualHost": {
		"routes": [{"matchers": [{"prefix": "/a"}]}, {"matchers": [{"prefix": "/b"}]}], "options": `+entries+`}}}`, mine))
	pol, known := policy.Default(), refs.FromObjects(nil, true)
	pol.SpanName.Strategy = policy.ByRoute
	edited := generic(t, apply(t, o, mutate.Object(o, pol, known)))
	host := at(edited, "spec", "virtualHost").(obj)
	regular := at(host, "options", "stagedTransformations", "regular").(obj)
	regular["requestTransforms"] = slices.Delete(list(regular["requestTransforms"]), 2, 3) // of /b
	host["routes"] = append(list(host["routes"]), testcase.Generic(t, []byte(fmt.Sprintf(`{"matchers": [{"prefix": "/c"}], "options": `+entries+`}`, mine))))
	now := decoded(t, canonical(edited))
	for range 2 {
		result := mutate.Object(now, pol, known)
		now = apply(t, now, result)
		for _, e := range list(at(generic(t, now), "spec", "virtualHost", "options", "stagedTransformations", "regular", "requestTransforms")) {
			if text(at(e, "matcher", "prefix")) == "/b" {
				t.Errorf("it is back: %v", result.Patch)
			}
		}
		if len(result.Notes) != 1 {
			t.Errorf("noted %v", result.Notes)
		}
	}
}
