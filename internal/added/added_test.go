package added

import (
	"encoding/json"
	"reflect"
	"slices"
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

func TestHashIsOfTheValueAndNotOfItsText(t *testing.T) {
	if Hash(json.RawMessage(`{"a":1.0,"b":[]}`)) != Hash(map[string]any{"b": []string{}, "a": 1}) {
		t.Error("the same value has two hashes")
	}
	if Hash("1") == Hash(1) {
		t.Error("a text has the hash of a number")
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
