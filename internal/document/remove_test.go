package document

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"gomodules.xyz/jsonpatch/v2"
)

// removalOf is the inverse of an addition to the object as it is.
func removalOf(t testing.TB, o *Object, op jsonpatch.Operation) Removal {
	t.Helper()
	holder := op.Path[:strings.LastIndex(op.Path, "/")]
	for _, place := range []string{op.Path, holder} {
		if void, ok := o.Void(place); ok {
			return Removal{Pointer: place, Void: &void}
		}
	}
	if strings.HasSuffix(op.Path, "/-") {
		v, err := decode(o.JSON())
		if err != nil {
			t.Fatal(err)
		}
		tokens, _ := splitPointer(holder)
		for _, token := range tokens {
			switch holder := v.(type) {
			case map[string]any:
				v = holder[token]
			case []any:
				i, _ := index(token)
				v = holder[i]
			}
		}
		if items, ok := v.([]any); ok {
			return Removal{Pointer: holder + "/" + strconv.Itoa(len(items))}
		}
	}
	return Removal{Pointer: op.Path}
}

// removeFrom removes from one object.
func removeFrom(f *File, o *Object, removals ...Removal) error {
	return f.RemoveAll([]*Object{o}, [][]Removal{removals})[0]
}

func TestRemoveIsTheInverseOfAdd(t *testing.T) {
	for name, spec := range map[string]string{
		"keys":                    "  a: 1\n",
		"a remark behind":         "  a: 1 # c\n  # d\n",
		"remarks after":           "  a: 1\n\n  # c\n\n# d\n",
		"remarks of the last key": "  a:\n    b: c\n    # d\n\n   # e\n  # f\n",
		"remarks of a list":       "  a:\n  - b: c\n    # d\n  # e\n# f\n",
		"a remark that ends it":   "  a:\n    b: c\n    # d",
		"nothing":                 "",
		"a tilde":                 "  ~ # c\n",
		"an empty map":            "  {  }   # c # d\n",
		"a text of several lines": "  a: |\n    b\n\n    c\n",
		"an anchor":               "  a: &x {b: c}\n  d: *x\n",
		"no line break":           "  a: 1",
		"quotes":                  "  \"a # b\": 'c # d'\n",
		"braces":                  "  {a: b}\n",
		"a comma too many":        "  {a: b,}\n",
		"a space and a comma":     "  {a: b , }\n",
		"braces in lines":         "  {\n    a: b # c\n  }\n",
		"braces, lines, comma":    "  {\n    a: b, # c\n    # d\n  }\n",
	} {
		for _, eol := range []string{"\n", "\r\n"} {
			src := strings.ReplaceAll(head+"spec:"+map[bool]string{true: "\n"}[!strings.HasPrefix(spec, "  {") && !strings.HasPrefix(spec, "  ~") || strings.HasPrefix(spec, "  {\n")]+spec, "\n", eol)
			for _, op := range []jsonpatch.Operation{
				add(t, "/spec/new", `{"x":{"y":[1,{"z":"a: b"}]}}`), add(t, "/spec/new", `true`), add(t, "/spec/new", `"two\nlines\n"`), add(t, "/new", `{"a":[{}]}`),
			} {
				file, errs := Parse("f", []byte(src))
				if len(errs) > 0 {
					t.Fatal(name, errs)
				}
				o := file.Objects()[0]
				r := removalOf(t, o, op)
				if err := addTo(file, o, op); err != nil {
					if strings.HasSuffix(src, eol) { // a text of several lines needs one
						t.Errorf("%s: %v", name, err)
					}
					continue
				}
				added := file.Bytes()
				if err := removeFrom(file, o, r); err != nil {
					t.Errorf("%s: %v in %q", name, err, added)
				} else if got := file.Bytes(); string(got) != src {
					t.Errorf("%s: want %q\ngot  %q\nfrom %q", name, src, got, added)
				}
			}
		}
	}
}

func TestRemoveLeavesWhatIsAround(t *testing.T) {
	for _, c := range []struct{ src, pointer, want string }{
		{"spec:\n  a: 1\n  b: 2 # b\n  c: 3\n", "/spec/b", "spec:\n  a: 1\n  c: 3\n"},
		{"spec:\n  a: 1\n  # b\n  b: 2\n", "/spec/a", "spec:\n  # b\n  b: 2\n"},
		{"spec:\n- a: 1\n  b: 2\n", "/spec/0/a", "spec:\n- b: 2\n"},
		{"spec:\n- a: 1\n- b: 2\n", "/spec/0", "spec:\n- b: 2\n"},
		{"spec: {a: 1, b: 2, c: 3}\n", "/spec/a", "spec: {b: 2, c: 3}\n"},
		{"spec: {a: 1, b: 2, c: 3}\n", "/spec/b", "spec: {a: 1, c: 3}\n"},
		{"spec: [1, 2, 3]\n", "/spec/1", "spec: [1, 3]\n"},
	} {
		file, _ := Parse("f", []byte(head+c.src))
		if err := removeFrom(file, file.Objects()[0], Removal{Pointer: c.pointer}); err != nil {
			t.Errorf("%s of %q: %v", c.pointer, c.src, err)
		}
		if got := string(file.Bytes()); got != head+c.want {
			t.Errorf("%s of %q: %q", c.pointer, c.src, got)
		}
	}
}

func TestRemoveTouchesNothingElse(t *testing.T) {
	for _, c := range []struct{ src, pointer, want string }{
		{"a: &x {b: 1, c: 2}\nd: *x\n", "/d/b", "anchor"},
		{"a: &x {b: 1}\nd:\n  <<: *x\n", "/d/b", "merge key"},
		{"a: 1\n", "/b", "there is no"},
		{"a: [1]\n", "/a/1", "not in the list"},
		{"a: 1\n", "", "no JSON pointer"},
	} {
		src := []byte(head + c.src)
		file, _ := Parse("f", src)
		err := removeFrom(file, file.Objects()[0], Removal{Pointer: c.pointer})
		if err == nil || !strings.Contains(err.Error(), c.want) || !bytes.Equal(file.Bytes(), src) {
			t.Errorf("%s of %q: %v, %q", c.pointer, c.src, err, file.Bytes())
		}
	}
}

func TestReplacePutsOneScalarInThePlaceOfAnother(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"a: b # c\n", "a: 'x: y' # c\n"},
		{"a: |\n  b\n  c\nd: e\n", "a: 'x: y'\nd: e\n"},
		{"a: 1\n", "a: 'x: y'\n"},
		{"? a\n: \"b\"\n", "? a\n: 'x: y'\n"},
	} {
		file, _ := Parse("f", []byte(head+c.src))
		err := addTo(file, file.Objects()[0], jsonpatch.NewOperation("replace", "/a", "x: y"))
		if got := string(file.Bytes()); err != nil || got != head+c.want {
			t.Errorf("%q: %v, %q", c.src, err, got)
		}
	}
	for _, src := range []string{"a: {}\n", "a: [1]\n", "b: x\n", "a: &x b\nc: *x\n"} {
		file, _ := Parse("f", []byte(head+src))
		if err := addTo(file, file.Objects()[0], jsonpatch.NewOperation("replace", "/a", "x")); err == nil {
			t.Errorf("%q became %q", src, file.Bytes())
		}
	}
}

// What is not the last any more leaves the remarks of what is before it, and so
// does what was written in the manner of the document as it was before.
func TestSeveralAdditionsAreTakenOutInAnyOrder(t *testing.T) {
	keys := []jsonpatch.Operation{add(t, "/spec/x", `1`), add(t, "/spec/y", `"2"`)}
	lists := []jsonpatch.Operation{add(t, "/spec/a/x", `[{"a":{"b":"c"}}]`), add(t, "/spec/z/0/l/-", `{"a":{"b":"c"}}`)}
	void, list := " {}", " []"
	for src, c := range map[string]struct {
		ops      []jsonpatch.Operation
		removals []Removal
	}{
		"spec: {\n  a: b, # mine\n }\n":             {keys, []Removal{{Pointer: "/spec/x"}, {Pointer: "/spec/y"}}},
		"spec: {\n  a: b # mine\n }\n":              {keys, []Removal{{Pointer: "/spec/x"}, {Pointer: "/spec/y"}}},
		"spec: { a: b , }\n":                        {keys, []Removal{{Pointer: "/spec/x"}, {Pointer: "/spec/y"}}},
		"spec:\n  a: b # mine\n    # deep\nc: d\n":  {keys, []Removal{{Pointer: "/spec/x"}, {Pointer: "/spec/y"}}},
		"spec:\n    a: {}\n    z:\n    -   l: []\n": {lists, []Removal{{Pointer: "/spec/z/0/l", Void: &list}, {Pointer: "/spec/a", Void: &void}}},
	} {
		f := mustParse(t, head+src)
		o := f.Objects()[0]
		if err := addTo(f, o, c.ops...); err != nil {
			t.Fatal(err)
		}
		injected := f.Bytes()
		f = mustParse(t, string(injected))
		if err := removeFrom(f, f.Objects()[0], c.removals...); err != nil || string(f.Bytes()) != head+src {
			t.Errorf("%v: got\n%swant\n%sfrom\n%s", err, f.Bytes(), head+src, injected)
		}
	}
}
