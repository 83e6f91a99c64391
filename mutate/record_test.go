package mutate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gomodules.xyz/jsonpatch/v2"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/internal/added"
	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
)

// What a record says can be taken out of the object again, and then it is what
// it was before.
func TestRecordUndoesMutation(t *testing.T) {
	undone := 0
	testcase.Run(t, "../testdata", func(t *testing.T, c testcase.Case) {
		objects := c.Inputs()
		for i, o := range objects {
			result := mutate.Object(o, c.Policy, c.Known(objects))
			objects[i] = apply(t, o, result)
			undone += undo(t, o, objects[i], result.Patch)
		}
	})
	for seed := range uint64(200) {
		w := world{rand.New(rand.NewPCG(seed, 2))}
		objects := []gloo.Object{w.object(t), w.object(t), w.object(t)}
		for _, o := range objects {
			result := mutate.Object(o, policy.Default(), refs.FromObjects(objects, false))
			undone += undo(t, o, apply(t, o, result), result.Patch)
		}
	}
	if undone < 100 {
		t.Errorf("only %d objects had a record", undone)
	}
}

// undo checks that a mutated object's record leads back, and counts 1 if there is one.
func undo(t *testing.T, before, after gloo.Object, patch []jsonpatch.Operation) int {
	t.Helper()
	text := after.Annotations()[added.Annotation]
	if text == "" {
		if string(before.Raw()) != string(after.Raw()) {
			t.Errorf("%s was changed without a record: %s", before, after.Raw())
		}
		return 0
	}
	record, err := added.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	object := testcase.Generic(t, after.Raw()).(map[string]any)
	found, left := record.Find(object)
	if len(left) > 0 {
		t.Errorf("%s: not found: %v", before, left)
	}
	steps := added.Steps(object, found)
	if got, want := fmt.Sprint(object), fmt.Sprint(testcase.Generic(t, before.Raw())); got != want {
		t.Errorf("undone: %s\nbefore: %s\nrecord: %s", got, want, text)
	}
	if patch != nil {
		undoInFiles(t, before, patch, steps)
	}
	return 1
}

// undoInFiles checks that a file is byte for byte what it was before.
func undoInFiles(t *testing.T, before gloo.Object, patch []jsonpatch.Operation, steps []added.Step) {
	t.Helper()
	var removals []document.Removal
	for _, s := range steps {
		removals = append(removals, document.Removal{Pointer: s.Pointer, Void: s.Void})
	}
	block, err := yaml.JSONToYAML(before.Raw())
	if err != nil {
		t.Fatal(err)
	}
	var spaced bytes.Buffer
	if err := json.Indent(&spaced, before.Raw(), "", "  "); err != nil {
		t.Fatal(err)
	}
	for _, src := range [][]byte{block, bytes.ReplaceAll(spaced.Bytes(), []byte("{}"), []byte("{ }")), bytes.ReplaceAll(spaced.Bytes(), []byte(`"kind":`), []byte(`kind:`))} {
		file, errs := document.Parse("f", src)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		o := file.Objects()[0]
		for i, s := range removals {
			if s.Void == nil {
				continue
			}
			if text, ok := o.Void(s.Pointer); ok {
				removals[i].Void = &text
			}
		}
		if err := file.AddAll([]document.Addition{{Object: o, Operations: patch}})[0]; err != nil {
			t.Errorf("%v in\n%s", err, src)
			continue
		}
		injected := file.Bytes()
		if err := file.RemoveAll([]*document.Object{o}, [][]document.Removal{removals})[0]; err != nil {
			t.Errorf("%v in\n%s", err, injected)
		} else if diff := cmp.Diff(string(src), string(file.Bytes())); diff != "" {
			t.Errorf("uninjected (-want +got):\n%s\nfrom\n%s", diff, injected)
		}
	}
}

func TestRecordGrowsWithTheObject(t *testing.T) {
	const entries = `{"stagedTransformations": {"regular": {"requestTransforms": [{"requestTransformation": {"transformationTemplate": {}}}]}}}`
	const object = `{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": {"name": "a"%s},
		"spec": {"virtualHost": {"routes": [%s]}}}`
	route := func(prefix string) string {
		return fmt.Sprintf(`{"matchers": [{"prefix": %q}], "options": %s}`, prefix, entries)
	}
	mutated := func(o gloo.Object) gloo.Object {
		return apply(t, o, mutate.Object(o, policy.Default(), refs.FromObjects(nil, false)))
	}
	first := mutated(decoded(t, fmt.Sprintf(object, "", route("/a"))))
	record := first.Annotations()[added.Annotation]
	if !strings.Contains(record, "/routes/*/options/") || !strings.Contains(record, "@0.0") {
		t.Fatalf("recorded %q", record)
	}
	// kubectl apply with another route before: it knows nothing of the record, and its list comes as a whole.
	again := mutated(decoded(t, fmt.Sprintf(object, fmt.Sprintf(`, "annotations": {%q: %q}`, added.Annotation, record), route("/b")+","+route("/a"))))
	grown := again.Annotations()[added.Annotation]
	if !strings.Contains(grown, "@0.0,1.0") {
		t.Errorf("recorded %q", grown)
	}
}

// Of an object as large as etcd takes, each entry by route is recorded by itself.
func TestALargeRecordIsRead(t *testing.T) {
	var routes []string
	for i := range 2000 {
		routes = append(routes, fmt.Sprintf(`{"matchers": [{"prefix": "/%04d"}]}`, i))
	}
	for i := range 2000 {
		routes = append(routes, fmt.Sprintf(`{"matchers": [{"prefix": "/own/%04d"}], "options": {"transformations": {"requestTransformation": {"transformationTemplate": {"passthrough": {}}}}}}`, i))
	}
	o := decoded(t, `{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": {"name": "a"}, "spec": {"virtualHost": {
		"options": {"stagedTransformations": {"regular": {"requestTransforms": [{"matcher": {"prefix": "/mine"}, "requestTransformation": {"transformationTemplate": {}}}]}}},
		"routes": [`+strings.Join(routes, ",")+`]}}}`)
	pol, known := policy.Default(), refs.FromObjects(nil, false)
	pol.SpanName.Strategy = policy.ByRoute
	after := apply(t, o, mutate.Object(o, pol, known))
	undo(t, o, after, nil)
	record, err := added.Parse(after.Annotations()[added.Annotation])
	if err != nil || len(record.Entries) != 4003 {
		t.Errorf("%d entries: %v", len(record.Entries), err)
	}
	if again := mutate.Object(after, pol, known); len(again.Patch)+len(again.Notes) > 0 {
		t.Errorf("once more: %d operations, %v", len(again.Patch), again.Notes)
	}
}

// Each destination would get an entry for each matcher.
func TestMoreThanAnObjectHasRoomForIsNotAdded(t *testing.T) {
	var matchers, destinations []string
	for i := range 300 {
		matchers = append(matchers, fmt.Sprintf(`{"prefix": "/%d/"}`, i))
		destinations = append(destinations, `{"options": {"stagedTransformations": {"regular": {}}}}`)
	}
	o := decoded(t, `{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": {"name": "a"}, "spec": {"virtualHost": {
		"routes": [{"matchers": [`+strings.Join(matchers, ",")+`], "routeAction": {"multi": {"destinations": [`+strings.Join(destinations, ",")+`]}}}]}}}`)
	pol := policy.Default()
	pol.SpanName.Strategy = policy.ByRoute
	result := mutate.Object(o, pol, refs.FromObjects(nil, false))
	if len(result.Patch)+len(result.Added) > 0 || len(result.Notes) != 1 || !strings.Contains(result.Notes[0].Message, "more additions than") {
		t.Errorf("%d operations, %v", len(result.Patch), result.Notes)
	}
}

func TestWhatCanNotBeRecordedIsNotAdded(t *testing.T) {
	const virtualService = `{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": {"name": "a", "annotations": {%q: %q}}, "spec": {"virtualHost": {}}}`
	const pod = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"gloo": "gateway-proxy", "gateway-proxy-id": "a"}, "annotations": {%q: %q}}, "spec": {"containers": [{"name": "a"}]}}`
	const most = 256 << 10
	filled := func(object string, room int) string {
		return fmt.Sprintf(object, "mine", strings.Repeat("x", most-len("mine")-room))
	}
	for name, c := range map[string]struct {
		object string
		added  bool
	}{
		"room":               {filled(virtualService, 200), true},
		"no room":            {filled(virtualService, 100), false},
		"no room at all":     {filled(virtualService, 0), false},
		"a pod with room":    {filled(pod, 2100), true},
		"another's record":   {fmt.Sprintf(virtualService, added.Annotation, "v2 - :1:"), false},
		"a record, and room": {strings.Replace(filled(virtualService, 200), `"mine"`, `"glootrace.dev/added": "v1 -", "mine"`, 1), true},
		"a record, no room":  {strings.Replace(filled(virtualService, 100), `"mine"`, `"glootrace.dev/added": "v1 -", "mine"`, 1), false},
		"nothing is added":   {strings.Replace(filled(virtualService, 0), "virtualHost", "virtual", 1), false},
	} {
		o := decoded(t, c.object)
		result := mutate.Object(o, policy.Default(), refs.FromObjects(nil, false))
		after := apply(t, o, result)
		size := 0
		for name, value := range after.Annotations() {
			size += len(name) + len(value)
		}
		if got := len(result.Added) > 0; got != c.added || got != (len(result.Patch) > 0) || size > most {
			t.Errorf("%s: added %v, annotations of %d bytes", name, result.Added, size)
		}
		said := len(result.Notes) == 1 && result.Notes[0].Code == "GT007"
		if want := !c.added && name != "nothing is added"; said != want {
			t.Errorf("%s: noted %v", name, result.Notes)
		}
		if noted := mutate.Notes(o, policy.Default(), refs.FromObjects(nil, false)); !slices.Equal(testcase.Notes(noted), testcase.Notes(result.Notes)) {
			t.Errorf("%s: of notes alone %v", name, noted)
		}
	}
}

func decoded(t *testing.T, text string) gloo.Object {
	t.Helper()
	o, err := gloo.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Numbers stay as they are written, also those that no float holds.
func TestAnObjectWithALongNumberHasARecord(t *testing.T) {
	o := decoded(t, `{"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": {"name": "a", "generation": 1e400}, "spec": {"virtualHost": {
		"x": 12345678901234567890.10, "options": {"stagedTransformations": {"regular": {"requestTransforms": [{"requestTransformation": {"transformationTemplate": {}}}]}}}}}}`)
	pol, known := policy.Default(), refs.FromObjects(nil, false)
	first, err := mutate.Object(o, pol, known).Applied(o)
	if err != nil {
		t.Fatal(err)
	}
	result := mutate.Object(first, changed(pol), known)
	second, err := result.Applied(first)
	if err != nil || !result.OnlyUpgrades() || !bytes.Contains(second.Raw(), []byte("12345678901234567890.10")) {
		t.Errorf("%v, %v: %s", err, result.Added, second.Raw())
	}
	if again := mutate.Object(second, changed(pol), known); len(again.Patch) > 0 {
		t.Errorf("once more: %v", again.Patch)
	}
}
