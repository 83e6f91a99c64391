package mutate_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glootrace/glootrace/internal/added"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
)

// changed is a Policy that wants all that is added to Gloo's objects otherwise.
func changed(pol policy.Policy) policy.Policy {
	five := 5.0
	pol.SpanName.Template = `{{ header(":method") }}`
	pol.Gateways.ServiceName = "edge"
	pol.Gateways.Percentages.Random = &five
	pol.Agent.UpstreamRef.Name += "-new"
	pol.Collector.UpstreamRef.Name += "-new"
	return pol
}

// A Policy, and then another, come to what the other alone does.
func TestAnObjectFollowsThePolicy(t *testing.T) {
	upgraded := 0
	follow := func(t *testing.T, o gloo.Object, pol policy.Policy, known refs.Reader) {
		t.Helper()
		next := changed(pol)
		first := apply(t, o, mutate.Object(o, pol, known))
		result := mutate.Object(first, next, known)
		second := apply(t, first, result)
		want := apply(t, o, mutate.Object(o, next, known))
		if o.Is(gloo.Upstream) || strings.Contains(fmt.Sprint(mutate.Object(o, next, known).Added), mutate.AgentContainer) || o.Kind == gloo.Pod {
			return
		}
		if len(result.Added) > 0 {
			upgraded++
		}
		if diff := cmp.Diff(unrecorded(t, want), unrecorded(t, second)); diff != "" {
			t.Errorf("%s (-the other alone +both):\n%s\n%v", o, diff, result.Patch)
		}
		if again := mutate.Object(second, next, known); len(again.Patch) > 0 {
			t.Errorf("%s: once more: %v", o, again.Patch)
		}
		undo(t, o, second, nil)
	}
	testcase.Run(t, "../testdata", func(t *testing.T, c testcase.Case) {
		for _, o := range c.Inputs() {
			follow(t, o, c.Policy, refs.FromObjects(nil, false))
		}
	})
	for seed := range uint64(400) {
		w := world{rand.New(rand.NewPCG(seed, 3))}
		follow(t, w.object(t), policy.Default(), refs.FromObjects(nil, false))
	}
	if upgraded < 100 {
		t.Errorf("only %d objects were upgraded", upgraded)
	}
}

func unrecorded(t *testing.T, o gloo.Object) any {
	t.Helper()
	object := testcase.Generic(t, o.Raw()).(map[string]any)
	meta, _ := object["metadata"].(map[string]any)
	annotations, _ := meta["annotations"].(map[string]any)
	delete(annotations, added.Annotation)
	return object
}

func TestWhatAUserEditedIsNotUpgraded(t *testing.T) {
	o := decoded(t, `{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": {"name": "a"}, "spec": {"virtualHost": {}}}`)
	pol := policy.Default()
	known := refs.FromObjects(nil, false)
	first := string(apply(t, o, mutate.Object(o, pol, known)).Raw())
	for name, edited := range map[string]string{
		"the name":        strings.Replace(first, `header(\"Host\")`, `header(\"X-Mine\")`, 1),
		"no record":       strings.Replace(first, added.Annotation, "mine", 1),
		"another version": strings.Replace(first, `"v1 `, `"v2 `, 1),
	} {
		if edited == first {
			t.Fatalf("%s: nothing edited in %s", name, first)
		}
		if result := mutate.Object(decoded(t, edited), changed(pol), known); len(result.Patch) > 0 {
			t.Errorf("%s: %v", name, result.Patch)
		}
	}
}

func TestWhatIsNotAddedAnyMoreStays(t *testing.T) {
	o := decoded(t, `{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": {"name": "a"}, "spec": {"virtualHost": {}}}`)
	pol := policy.Default()
	known := refs.FromObjects(nil, false)
	first := apply(t, o, mutate.Object(o, pol, known))
	pol.SpanName.Inject = false
	if result := mutate.Object(first, pol, known); len(result.Patch) > 0 {
		t.Error(result.Patch)
	}
}

// Entries that name spans by the routes are made anew when the routes change,
// wherever they are in the list: they are recorded, and nobody has edited them.
func TestEntriesByRouteFollowTheRoutes(t *testing.T) {
	const object = `{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": {"name": "a"}, "spec": {"virtualHost": {"routes": %s%s}}}`
	one, two, three, slash := `{"matchers":[{"prefix":"/one"}]}`, `{"matchers":[{"prefix":"/two"}]}`, `{"matchers":[{"exact":"/three"}]}`, `{"matchers":[{"prefix":"/"}]}`
	list := func(routes ...string) string { return "[" + strings.Join(routes, ",") + "]" }
	pol := policy.Default()
	pol.SpanName.Strategy = policy.ByRoute
	known := refs.FromObjects(nil, true)
	for name, options := range map[string]string{
		"nothing there":   "",
		"entries before":  `,"options":{"stagedTransformations":{"regular":{"requestTransforms":[{"matcher":{"prefix":"/mine"},"requestTransformation":{"transformationTemplate":{"passthrough":{}}}}]}}}`,
		"a route's entry": `,"options":{"stagedTransformations":{"regular":{"requestTransforms":[{"matcher":{"prefix":"/one"},"requestTransformation":{"transformationTemplate":{"passthrough":{}}}}]}}}`,
		"one entry":       `,"options":{"stagedTransformations":{"regular":{"requestTransforms":[{}]}}}`,
		"an empty list":   `,"options":{"stagedTransformations":{"regular":{"requestTransforms":[]}}}`,
		"another stage":   `,"options":{"stagedTransformations":{"early":{"requestTransforms":[]}}}`,
		"a null of a map": `,"options":{"stagedTransformations":null}`,
	} {
		for _, c := range []struct{ before, after string }{
			{list(one), list(one, two)},
			{list(one, two), list(two)},
			{list(one, two, three), list(three, one)},
			{list(one, slash), list(one)},
			{list(one), list(two, slash)},
			{list(one, one), list(one)},
			{list(one), list(one, one, two)},
		} {
			o := decoded(t, fmt.Sprintf(object, c.before, options))
			first := string(apply(t, o, mutate.Object(o, pol, known)).Raw())
			changed := decoded(t, strings.Replace(first, `"routes":`+c.before, `"routes":`+c.after, 1))
			result := mutate.Object(changed, pol, known)
			got := apply(t, changed, result)
			plain := decoded(t, fmt.Sprintf(object, c.after, options))
			want := apply(t, plain, mutate.Object(plain, pol, known))
			if diff := cmp.Diff(unrecorded(t, want), unrecorded(t, got)); diff != "" {
				t.Errorf("%s: %s becomes %s (-made anew +upgraded):\n%s\n%v", name, c.before, c.after, diff, result.Patch)
				continue
			}
			if again := mutate.Object(got, pol, known); len(again.Patch) > 0 {
				t.Errorf("%s: once more: %v", name, again.Patch)
			}
			undo(t, plain, got, nil)
		}
	}
}

// Which of the others is for which route can not be told any more.
func TestRoutesWithoutAnEntryAreNotedIfOneWasEdited(t *testing.T) {
	const object = `{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": {"name": "a"}, "spec": {"virtualHost": {%s"routes": [{"matchers":[{"prefix":"/one"}]},{"matchers":[{"prefix":"/two"}]}]}}}`
	const second = `{"matcher":{"prefix":"/two"},"requestTransformation":{"transformationTemplate":{"passthrough":{},"spanTransformer":{"name":{"text":"/two*"}}}}}`
	pol := policy.Default()
	pol.SpanName.Strategy = policy.ByRoute
	known := refs.FromObjects(nil, true)
	for _, options := range []string{"", `"options": {"stagedTransformations": {"regular": {"requestTransforms": [{"matcher": {"prefix": "/mine"}}]}}}, `} {
		o := decoded(t, fmt.Sprintf(object, options))
		first := string(apply(t, o, mutate.Object(o, pol, known)).Raw())
		edited := strings.Replace(first, `"text":"/two*"`, `"text":"second"`, 1)
		if result := mutate.Object(decoded(t, edited), pol, known); len(result.Patch)+len(result.Notes) > 0 {
			t.Errorf("without a change of routes: %v, noted %v", result.Patch, result.Notes)
		}
		for want, object := range map[string]string{"/three*": edited, "/three*, /two*": strings.Replace(first, second+",", "", 1)} {
			changed := decoded(t, strings.Replace(object, `{"matchers":[{"prefix":"/one"}]}`, `{"matchers":[{"prefix":"/one"}]},{"matchers":[{"prefix":"/three"}]}`, 1))
			for range 2 {
				result := mutate.Object(changed, pol, known)
				if len(result.Patch) > 0 || len(result.Notes) != 1 || !strings.Contains(result.Notes[0].Message, "requests of "+want+" may run this entry") {
					t.Errorf("%s %s: %v, noted %v", options, want, result.Patch, result.Notes)
				}
				changed = apply(t, changed, result)
			}
		}
	}
}

// A name in the regular stage would win over one that somebody gives in the early
// stage later.
func TestANameGivesWayToOneInTheEarlyStage(t *testing.T) {
	const object = `{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": {"name": "a"}, "spec": {"virtualHost": {"options": {"stagedTransformations": {%s}}}}}`
	const early = `"early": {"requestTransforms": [{"matcher": {"prefix": "/a"}, "requestTransformation": {"transformationTemplate": {"passthrough": {}, "spanTransformer": {"name": {"text": "mine"}}}}}]}`
	pol, known := policy.Default(), refs.FromObjects(nil, true)
	for _, strategy := range []policy.Strategy{policy.ByTemplate, policy.ByRoute} {
		pol.SpanName.Strategy = strategy
		for name, regular := range map[string]string{
			"nothing there": "",
			"a null":        `"regular": null`,
			"an empty list": `"regular": {"requestTransforms": []}`,
			"an entry":      `"regular": {"requestTransforms": [{"requestTransformation": {"transformationTemplate": {"passthrough": {}}}}]}`,
		} {
			o := decoded(t, fmt.Sprintf(object, regular))
			named := string(apply(t, o, mutate.Object(o, pol, known)).Raw())
			o = decoded(t, fmt.Sprintf(object, strings.Trim(early+", "+regular, ", ")))
			changed := decoded(t, strings.Replace(named, `"stagedTransformations":{`, `"stagedTransformations":{`+early+`,`, 1))
			got := apply(t, changed, mutate.Object(changed, pol, known))
			want := apply(t, o, mutate.Object(o, pol, known))
			if diff := cmp.Diff(unrecorded(t, want), unrecorded(t, got)); diff != "" {
				t.Errorf("%s (-made anew +upgraded):\n%s", name, diff)
				continue
			}
			if again := mutate.Object(got, pol, known); len(again.Patch) > 0 {
				t.Errorf("%s: once more: %v", name, again.Patch)
			}
			undo(t, o, got, nil)
		}
	}
}

// An option object that gains transformations would be hidden by the name that was
// added inline while it had none.
func TestANameGivesWayToAnOptionObjectThatGainsTransformations(t *testing.T) {
	option := func(options string) gloo.Object {
		return decoded(t, `{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualHostOption", "metadata": {"name": "o", "namespace": "n"}, "spec": {"options": `+options+`}}`)
	}
	without := refs.FromObjects([]gloo.Object{option(`{"timeout": "1s"}`)}, true)
	with := refs.FromObjects([]gloo.Object{option(`{"stagedTransformations": {"early": {}}}`)}, true)
	pol := policy.Default()
	spec := func(o gloo.Object) any { return testcase.Generic(t, o.Raw()).(map[string]any)["spec"] }
	for _, options := range []string{"", `, "options": {}`, `, "options": null`, `, "options": {"cors": {}}`, `, "options": {"stagedTransformations": null}`} {
		o := decoded(t, `{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": {"name": "a", "namespace": "n"},
			"spec": {"virtualHost": {"optionsConfigRefs": {"delegateOptions": [{"name": "o", "namespace": "n"}]}`+options+`}}}`)
		named := apply(t, o, mutate.Object(o, pol, without))
		if cmp.Equal(spec(o), spec(named)) {
			t.Fatalf("no name was added to %s", o.Raw())
		}
		result := mutate.Object(named, pol, with)
		yielded := apply(t, named, result)
		if diff := cmp.Diff(spec(o), spec(yielded)); diff != "" || !result.OnlyUpgrades() {
			t.Errorf("%s (-before +after): %v\n%s", options, result.Added, diff)
		}
		if again := mutate.Object(yielded, pol, with); len(again.Patch) > 0 {
			t.Errorf("%s: once more: %v", options, again.Patch)
		}
		mine := decoded(t, strings.Replace(string(named.Raw()), `header(\"Host\")`, `header(\"X-Mine\")`, 1))
		if result := mutate.Object(mine, pol, with); len(result.Patch) > 0 {
			t.Errorf("%s: a name that was edited: %v", options, result.Patch)
		}
	}
}
