package added

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func object(t *testing.T, text string) (o map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// In these tests short names stand for what glootrace adds.
func init() {
	for _, end := range []string{"/a", "/a/-", "/a/b", "/b/c", "/l", "/l/-", "/w", "/x", "/y", "/z/-"} {
		shapes[end] = is(func(any) bool { return true })
	}
}

func ptr(s string) *string { return &s }

func TestRecordReadsAsItWasWritten(t *testing.T) {
	r := Record{Spec: "0a0b0c0d", Entries: []Entry{
		{Pointer: Pointer, Created: 1, Void: ptr("  { } ")},
		{Hash: "11111111", Pointer: "/spec/a~1b", Created: 1},
		{Hash: "22222222", Pointer: "/spec/routes/0/options/list/3/x"},
		{Hash: "22222222", Pointer: "/spec/routes/12/options/list/4/x"},
		{Hash: "33333333", Pointer: "/spec/routes/0/y"},
		{Hash: "44444444", Pointer: "/spec/routes/12/y"},
		{Hash: "22222222", Pointer: "/spec/routes/-", Void: ptr("")},
		{Hash: "22222222", Pointer: "/spec/routes/-", Void: ptr("")},
		{Hash: "33333333", Pointer: "/spec/routes/-", Void: ptr("")},
	}}
	const start = "v1 0a0b0c0d :1:=++%7B+%7D+ 11111111:1:/spec/a~1b 22222222:0:/spec/routes/*/options/list/*/x@0.3,12.4 "
	const want = start + "33333333,44444444:0:/spec/routes/*/y@0,12 22222222,22222222,33333333:0:/spec/routes/-="
	if got := r.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, text := range []string{want,
		start + "33333333:0:/spec/routes/*/y@0 44444444:0:/spec/routes/*/y@12 22222222:0:/spec/routes/-= 22222222:0:/spec/routes/-= 33333333:0:/spec/routes/-="} {
		if got, err := Parse(text); err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
	}
}

func TestForgedRecordTakesLittleMemory(t *testing.T) {
	for name, text := range map[string]string{
		"too long": "v1 - 11111111:0:/spec/" + strings.Repeat("x", maxLength),
		"each of many indexes unpacks a long pointer": "v1 - 11111111:0:/spec/" + strings.Repeat("x", maxLength/2-64) + "/*@0" + strings.Repeat(",0", maxLength/4-64),
	} {
		bytes := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(text); err == nil {
					b.Fatalf("%s: it is read", name)
				}
			}
		}).AllocedBytesPerOp()
		if most := int64(8 * maxUnpacked); bytes == 0 || bytes > most {
			t.Errorf("%s: reading it takes %d bytes, want some, and at most %d", name, bytes, most)
		}
	}
}

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

func TestBadRecordIsRefused(t *testing.T) {
	for _, text := range []string{"", "v1", "v2 - 11111111:0:/spec", "v1 - :0:/spec", "v1 - 11111111:0:", "v1 - 11111111:0:spec", "v1 - 11111111:-1:/spec",
		"v1 - 11111111:1:/spec", "v1 - 11111111:0:/a/*/b", "v1 - 11111111:0:/a/*/b@1.2", "v1 - 11111111:0:/a/*/b@01", "v1 - 11111111:0:/a/*/b@x",
		"v1 - 11111111,22222222:0:/a/*/b@1", "v1 - 11111111,22222222:0:/a/*/b@1,2,3", "v1 - 11111111,:0:/a/*/b@1,2", "v1 - ,:0:/a",
		"v1 - 11111111:3:/a/*/b/c/d@1", "v1 - 11111111:0:/a=rm", "v1 - 11111111:0:/a=%zz", "v1 - 11111111"} {
		if r, err := Parse(text); err == nil {
			t.Errorf("%q is taken for %v", text, r)
		}
	}
}

func TestHashIsOfTheValueAndNotOfItsText(t *testing.T) {
	if Hash(json.RawMessage(`{"a":1.0,"b":[]}`)) != Hash(map[string]any{"b": []string{}, "a": 1}) {
		t.Error("the same value has two hashes")
	}
	if Hash("1") == Hash(1) {
		t.Error("a text has the hash of a number")
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

func TestUpdateForgetsWhatIsGoneAndFollowsWhatMoved(t *testing.T) {
	r := Record{Entries: []Entry{{Hash: Hash(7), Pointer: "/spec/l/0/x"}, {Hash: Hash("gone"), Pointer: "/spec/y"}, {Hash: Hash(3), Pointer: "/spec/l/0/z/-"}}}
	o := object(t, `{"spec":{"l":[{},{"x":7,"z":[1,3]}],"w":5}}`)
	more := []Entry{{Hash: Hash(5), Pointer: "/spec/w"}}
	got := r.Update(o, o, more)
	want := Record{Spec: Hash(o["spec"]), Entries: []Entry{{Hash: Hash(7), Pointer: "/spec/l/1/x"}, {Hash: Hash(3), Pointer: "/spec/l/1/z/-"}, more[0]}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
	if again := got.Update(o, o, more); again.String() != got.String() {
		t.Errorf("%s becomes %s", got, again)
	}
}

// kubectl apply --server-side, and Flux, replace a list as a whole.
func TestUpdateForgetsWhatIsAddedAnew(t *testing.T) {
	entry := func(v any) Entry { return Entry{Hash: Hash(v), Pointer: "/spec/l/-"} }
	r := Record{Entries: []Entry{entry(1), entry(2)}}
	for name, c := range map[string]struct {
		before, after string
		more          []Entry
		want          string
	}{
		"all":            {`{"spec":{"l":[0]}}`, `{"spec":{"l":[0,1,2]}}`, []Entry{entry(1), entry(2)}, Hash(1) + "," + Hash(2)},
		"all, otherwise": {`{"spec":{"l":[0]}}`, `{"spec":{"l":[0,3]}}`, []Entry{entry(3)}, Hash(3)},
		"one":            {`{"spec":{"l":[0,1]}}`, `{"spec":{"l":[0,1,2]}}`, []Entry{entry(2)}, Hash(1) + "," + Hash(2)},
		"one, otherwise": {`{"spec":{"l":[0,1]}}`, `{"spec":{"l":[0,1,3]}}`, []Entry{entry(3)}, Hash(1) + "," + Hash(3) + ",edited"},
	} {
		if got, want := r.Update(object(t, c.before), object(t, c.after), c.more).String(), "v1 - "+c.want+":0:/spec/l/-"; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestAPlaceIsNamedOnce(t *testing.T) {
	r := Record{Entries: []Entry{{Pointer: Pointer}, {Hash: "1", Pointer: "/l/-"}, {Hash: "2", Pointer: "/a/10/x"}, {Hash: "3", Pointer: "/l/-"}, {Hash: "4", Pointer: "/a/9/x"}}}
	if got := r.Places(); !slices.Equal(got, []string{"/a/9/x", "/a/10/x", "/l/-"}) {
		t.Error(got)
	}
}

// What was edited, or taken out of a list, stays as it is for good, even if it
// becomes what it was.
func TestUpdateRemembersWhatWasEdited(t *testing.T) {
	r := Record{Entries: []Entry{{Hash: Hash(7), Pointer: "/spec/x"}, {Hash: Hash(3), Pointer: "/spec/l/-"}, {Hash: Hash(4), Pointer: "/spec/l/-"}, {Hash: Hash(5), Pointer: "/spec/l/-"}}}
	before, after := object(t, `{"spec":{"x":8,"l":[5]}}`), object(t, `{"spec":{"x":7,"l":[5,3,4],"w":1}}`)
	got := r.Update(before, after, []Entry{{Hash: Hash(1), Pointer: "/spec/w"}})
	if want := "v1 - " + Hash(5) + ",edited:0:/spec/l/- " + Hash(1) + ":0:/spec/w edited:0:/spec/x"; got.String() != want {
		t.Errorf("%s, want %s", got, want)
	}
	_, rest := got.TakeOut(after)
	if places := rest.Places(); !slices.Equal(places, []string{"/spec/l/-", "/spec/x"}) || !reflect.DeepEqual(after, object(t, `{"spec":{"x":7,"l":[3,4]}}`)) {
		t.Errorf("%v stays recorded of %v", places, after)
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

func TestStepsTakeOutWhatWasCreatedToo(t *testing.T) {
	for name, c := range map[string]struct {
		object string
		entry  Entry
		want   string
		left   string
	}{
		"a key":                         {`{"a":{"b":7,"c":1}}`, Entry{Pointer: "/a/b"}, "/a/b", `{"a":{"c":1}}`},
		"a created map":                 {`{"a":{"b":{"c":7}},"d":1}`, Entry{Pointer: "/a/b/c", Created: 2}, "/a", `{"d":1}`},
		"a created map, used by others": {`{"a":{"b":{"c":7,"e":1}},"d":1}`, Entry{Pointer: "/a/b/c", Created: 2}, "/a/b/c", `{"a":{"b":{"e":1}},"d":1}`},
		"an empty map of the user's":    {`{"a":{"b":7}}`, Entry{Pointer: "/a/b", Void: ptr("{ }")}, "/a={ }", `{"a":{}}`},
		"a null":                        {`{"a":{"b":7}}`, Entry{Pointer: "/a/b", Created: 1, Void: ptr(" ~")}, "/a= ~", `{"a":null}`},
		"the last of a user's list":     {`{"a":[7]}`, Entry{Pointer: "/a/-"}, "/a= []", `{"a":[]}`},
		"an item":                       {`{"a":[1,7,2]}`, Entry{Pointer: "/a/-"}, "/a/1", `{"a":[1,2]}`},
	} {
		o := object(t, c.object)
		c.entry.Hash = Hash(7)
		found, _ := Record{Entries: []Entry{c.entry}}.Find(o)
		steps := Steps(o, found)
		if len(steps) != 1 {
			t.Errorf("%s: %v", name, steps)
			continue
		}
		got := steps[0].Pointer
		if steps[0].Void != nil {
			got += "=" + *steps[0].Void
		}
		if left := object(t, c.left); got != c.want || !reflect.DeepEqual(o, left) {
			t.Errorf("%s: step %s leaves %v", name, got, o)
		}
	}
}

func FuzzRecord(f *testing.F) {
	f.Add("v1 0a0b0c0d :1:=++%7B+%7D+ 7902699b:1:/a/b 7902699b:0:/l/*/x@0,1 7902699b:0:/l/-=", `{"a":{"b":7},"l":[{"x":7},7],"metadata":{"annotations":{"glootrace.dev/added":"x"}}}`)
	f.Add("v1 - :0: e9ccc1df:0:/spec/virtualHost/domains 7902699b:3:/spec/a/l/-", `{"spec":{"virtualHost":{"domains":["shop.example.com"]},"a":{"l":[7]}}}`)
	f.Fuzz(func(t *testing.T, text, doc string) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(r.String()); err != nil || again.String() != r.String() {
			t.Fatalf("%q becomes %q: %v", text, r, err)
		}
		var o map[string]any
		if json.Unmarshal([]byte(doc), &o) != nil {
			return
		}
		found, _ := r.Find(o)
		before, ours := leaves(o), 0
		for _, f := range found {
			v, _ := Value(o, f.At)
			ours += leaves(v)
			if pattern, _ := f.pattern(); !isOurs(pattern, v) {
				t.Fatalf("%v is no addition", v)
			}
		}
		if Steps(o, found); before-leaves(o) > ours {
			t.Fatalf("%d texts and numbers went, and %d were found", before-leaves(o), ours)
		}
	})
}

// leaves is how many values in v are neither maps nor lists, nor nulls.
func leaves(v any) (n int) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for _, below := range v {
			n += leaves(below)
		}
	case []any:
		for _, item := range v {
			n += leaves(item)
		}
	default:
		return 1
	}
	return n
}
