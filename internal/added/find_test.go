package added

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Many patterns that each lead through a long list, and many places that hold each other.
func TestForgedRecordIsNotLookedForLong(t *testing.T) {
	long := make([]any, 100_000)
	for i := range long {
		long[i] = map[string]any{}
	}
	deep := any(strings.Repeat("x", 1<<20))
	through, nested := Record{}, Record{}
	for i := range 100 {
		through.Entries = append(through.Entries, Entry{Hash: "11111111", Pointer: fmt.Sprintf("/spec/0/a%d", i)})
		deep = map[string]any{"a": deep}
		nested.Entries = append(nested.Entries, Entry{Hash: "11111111", Pointer: "/spec" + strings.Repeat("/a", i)})
	}
	for name, c := range map[string]struct {
		record Record
		spec   any
	}{"long": {through, long}, "deep": {nested, deep}} {
		bytes := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				object := map[string]any{"spec": c.spec}
				if steps, rest := c.record.TakeOut(object); len(steps) > 0 || name == "deep" && len(rest.Entries) != len(c.record.Entries) {
					b.Fatalf("%s: %v, and %d entries stay", name, steps, len(rest.Entries))
				}
			}
		}).AllocedBytesPerOp()
		if most := int64(16 * maxWork); bytes == 0 || bytes > most {
			t.Errorf("%s: looking takes %d bytes, want some, and at most %d", name, bytes, most)
		}
	}
}

// What was added was the 7 in items 0 and 2.
func TestFindsWhatIsProvablyAdded(t *testing.T) {
	recorded := func(spec string) Record {
		o := object(t, spec)
		return Record{Spec: Hash(o["spec"]), Entries: []Entry{
			{Hash: Hash(7), Pointer: "/spec/l/0/x"}, {Hash: Hash(7), Pointer: "/spec/l/2/x"},
		}}
	}
	const added = `{"spec":{"l":[{"x":7},{"x":1},{"x":7}]}}`
	const beside = `{"spec":{"l":[{"x":7},{"x":7},{"x":7}]}}`
	for name, c := range map[string]struct {
		before, now string
		want        []string
		left        int
	}{
		"unchanged":                         {added, added, []string{"/spec/l/0/x", "/spec/l/2/x"}, 0},
		"the user's own beside":             {beside, beside, []string{"/spec/l/0/x", "/spec/l/2/x"}, 0},
		"one edited":                        {added, `{"spec":{"l":[{"x":8},{"x":1},{"x":7}]}}`, []string{"/spec/l/2/x"}, 1},
		"one removed":                       {added, `{"spec":{"l":[{"x":7}]}}`, []string{"/spec/l/0/x"}, 1},
		"all removed":                       {added, `{"spec":{}}`, nil, 2},
		"items before":                      {added, `{"spec":{"l":[{},{"x":7},{"x":1},{"x":7}]}}`, []string{"/spec/l/1/x", "/spec/l/3/x"}, 0},
		"items before and the user's own":   {beside, `{"spec":{"l":[{},{"x":7},{"x":7},{"x":7}]}}`, nil, 2},
		"the user's own, written afterward": {added, `{"spec":{"l":[{"x":7},{"x":7},{"x":7}]}}`, nil, 2},
		"another type":                      {added, `{"spec":{"l":{"0":{"x":7}}}}`, nil, 2},
	} {
		found, left := recorded(c.before).Find(object(t, c.now))
		var at []string
		for _, f := range found {
			at = append(at, f.At)
		}
		if slices.Sort(at); !slices.Equal(at, c.want) || len(left) != c.left {
			t.Errorf("%s: found %v, left %v", name, at, left)
		}
	}
}

// What is added in a user's list or map may make that the same as an addition elsewhere.
func TestWhatBecameTheSameByAnAdditionIsToldApart(t *testing.T) {
	const now = `{"spec":{"domain":%q,"r":[{"l":[7]},{"l":[7]}]}}`
	r := Record{Spec: Hash(object(t, fmt.Sprintf(now, "before"))["spec"]), Entries: []Entry{
		{Hash: Hash(7), Pointer: "/spec/r/0/l/-", Void: ptr(" []")}, {Hash: Hash([]any{7}), Pointer: "/spec/r/1/l"},
	}}
	for edited, want := range map[string]string{
		fmt.Sprintf(now, "after"):                        `{"spec":{"domain":"after","r":[{"l":[]},{}]}}`,
		`{"spec":{"r":[{},{"l":[7]},{"l":[7]}]}}`:        `{"spec":{"r":[{},{"l":[7]},{"l":[7]}]}}`,
		`{"spec":{"r":[{"l":[7]},{"l":[7]},{"l":[7]}]}}`: `{"spec":{"r":[{"l":[7]},{"l":[7]},{"l":[7]}]}}`,
	} {
		o := object(t, edited)
		if _, rest := r.TakeOut(o); !reflect.DeepEqual(o, object(t, want)) {
			t.Errorf("%s becomes %v, and %s stays recorded", edited, o, rest)
		}
	}
}

// The same item twice at the end of a list is two entries, and what is inside of
// one is no place of another.
func TestEqualItemsAreToldApart(t *testing.T) {
	const now = `{"spec":{"l":[{"x":7,"mine":1},{"x":7},{"x":7}]}}`
	for _, spec := range []string{Hash(object(t, now)["spec"]), "moved"} {
		r := Record{Spec: spec, Entries: []Entry{
			{Hash: Hash(7), Pointer: "/spec/l/0/x"},
			{Hash: Hash(map[string]any{"x": 7}), Pointer: "/spec/l/-"}, {Hash: Hash(map[string]any{"x": 7}), Pointer: "/spec/l/-"},
		}}
		if again, err := Parse(r.String()); err != nil || len(again.Entries) != 3 {
			t.Fatalf("%s is read as %v: %v", r, again, err)
		}
		o := object(t, now)
		found, left := r.Find(o)
		Steps(o, found)
		if len(left) > 0 || !reflect.DeepEqual(o, object(t, `{"spec":{"l":[{"mine":1}]}}`)) {
			t.Errorf("%s: %v is left, and %v of the object", r, left, o)
		}
		o = object(t, now)
		if again := r.Update(o, o, nil); len(again.Entries) != 3 {
			t.Errorf("%s becomes %s", r, again)
		}
	}
}

// A forged record takes nothing out that glootrace does not put in, wherever it points.
func TestAForgedRecordFindsOnlyWhatHasTheShapeOfAnAddition(t *testing.T) {
	const manager, template = "/spec/options/httpConnectionManagerSettings", "/requestTransformation/transformationTemplate"
	const ref, name = `{"collectorUpstreamRef":{"name":"a","namespace":"b"}`, `"spanTransformer":{"name":{"text":"x"}}`
	const entry = `"requestTransformation":{"transformationTemplate":{"passthrough":{},` + name + `}}`
	for _, c := range []struct {
		pointer, value string
		ours           bool
	}{
		{"/spec/virtualHost/domains", `["a"]`, false},
		{"/metadata/annotations/mine", `"x"`, false},
		{"/metadata/annotations/glootrace.dev~1injected", `"x"`, true},
		{"/spec/useHttp2", `true`, true},
		{"/spec/useHttp2", `false`, false},
		{template + "/spanTransformer", `{"name":{"text":"x"}}`, true},
		{template + "/spanTransformer", `{"name":{"text":"x"},"other":1}`, false},
		{template + "/passthrough", `{}`, false},
		{"/spec/spanTransformer", `{"name":{"text":"x"}}`, false},
		{"/spec/requestTransforms", `[{` + entry + `}]`, true},
		{"/spec/requestTransforms", `[{"matcher":{"prefix":"/a"},` + entry + `},{` + entry + `}]`, true},
		{"/spec/requestTransforms", `[]`, false},
		{"/spec/requestTransforms", `[{` + entry + `},{` + entry + `,"clearRouteCache":true}]`, false},
		{"/spec/requestTransforms/0", `{` + entry + `}`, false},
		{"/spec/requestTransforms/-", `{` + strings.Replace(entry, `{}`, `{"x":1}`, 1) + `}`, false},
		{"/spec/requestTransforms/-", `{` + strings.Replace(entry, `"passthrough":{}`, `"headers":{}`, 1) + `}`, false},
		{"/spec/requestTransforms/-", `{"matcher":{"prefix":"/a"}}`, false},
		{manager + "/tracing", `{"openTelemetryConfig":` + ref + `}}`, true},
		{manager + "/tracing", `{"openTelemetryConfig":` + ref + `},"verbose":true}`, false},
		{manager + "/tracing/openTelemetryConfig", ref + `,"serviceName":"s"}`, true},
		{manager + "/tracing/openTelemetryConfig", ref + `,"grpcService":{}}`, false},
		{manager + "/tracing/openTelemetryConfig/serviceName", `"s"`, true},
		{manager + "/tracing/tracePercentages", `{"randomSamplePercentage":1.5}`, true},
		{manager + "/tracing/tracePercentages", `{}`, false},
		{"/spec/options/tracing/tracePercentages", `{"randomSamplePercentage":1.5}`, false},
		{"/spec/initContainers/-", `{"name":"mine"}`, false},
		{"/spec/env/-", `{"name":"MINE","value":"x"}`, false},
		{"/spec/env/-", `{"name":"OTEL_SERVICE_NAME","value":"x"}`, true},
	} {
		at, text := tokens(c.pointer), c.value
		for i := len(at) - 1; i >= 0; i-- {
			if at[i] == "-" || at[i] == "0" {
				text = "[" + text + "]"
			} else {
				text = fmt.Sprintf("{%q:%s}", unescape(at[i]), text)
			}
		}
		o := object(t, text)
		for _, spec := range []string{"", Hash(o["spec"])} {
			r := Record{Spec: spec, Entries: []Entry{{Hash: Hash(json.RawMessage(c.value)), Pointer: c.pointer}}}
			if found, left := r.Find(o); c.ours != (len(found) == 1) || len(found)+len(left) != 1 {
				t.Errorf("%s %s: found %v", c.pointer, c.value, found)
			}
		}
	}
}
