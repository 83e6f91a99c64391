package document

import (
	"bytes"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	jsonpatchapply "github.com/evanphx/json-patch/v5"
	"gomodules.xyz/jsonpatch/v2"
)

var seeds = []string{
	head + "spec:\n  a: 1 # c\n  b: {c: [d, {}], e: }\n  f: |+\n    g\n\n  h:\n  - i: ~\n  -\n",
	"\uFEFF%YAML 1.2\r\n---\r\n" + strings.ReplaceAll(head, "\n", "\r\n") + "a: &a {b: c}\r\nd: *a\r\ne:\r\n  <<: *a\r\n...\r\n",
	"{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"A\",\n\t\"spec\": {\"a\": [], \"b\": null}\n}\n",
	`{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"A"},{"apiVersion":"v1","kind":"B","c":{}}]}`,
	"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n  a: \"x\n    y\"\n- {apiVersion: v1, kind: B,}\n",
	"--- {apiVersion: v1, kind: A, é: 'it''s', {a: b}: c, ? d : e}\n--- !!map &a\n? apiVersion\n: v1\n? kind\n: A\n",
	head + "- a\n---\n" + head + "a: [b: c, &d e, *d]\nf: plain\n  text # c\ng: >2-\n    h\n",
	head + "? a\n\n---\n" + head + "? b",
	"apiVersion: v1\nkind: List\nitems:\n",
	"a: b\rc: d\u2028---\u0085apiVersion: v1\nkind: A\n\tx: y",
	"apiVersion: v1\nkind: A\na:\n- - - b\n  - c:\n    - d:\n",
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		file, errs := Parse("f", src)
		if !bytes.Equal(file.Bytes(), src) {
			t.Fatalf("bytes changed: %q", file.Bytes())
		}
		lines := countLines(src) + 1
		for _, err := range errs {
			var e *Error
			if !errors.As(err, &e) || e.Line < 1 || e.Line > lines || e.File != "f" {
				t.Fatalf("bad error %v, %d lines", err, lines)
			}
		}
		if len(file.Objects()) > 0 && file.Documents() == 0 {
			t.Fatal("objects without documents")
		}
		for _, o := range file.Objects() {
			v, err := decode(o.JSON())
			if err != nil {
				t.Fatalf("%v: %s", err, o.JSON())
			}
			walk("", v, func(pointer string, _ any) {
				if l := o.Line(pointer); l < 1 || l > lines {
					t.Fatalf("%q is in line %d of %d", pointer, l, lines)
				}
			})
		}
	})
}

// walk calls visit for v and all below it.
func walk(pointer string, v any, visit func(string, any)) {
	visit(pointer, v)
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			walk(pointer+"/"+pointerEscape.Replace(key), v[key], visit)
		}
	case []any:
		for i, below := range v {
			walk(pointer+"/"+strconv.Itoa(i), below, visit)
		}
	}
}

// FuzzAdd adds to one of the collections of one of the objects and checks the
// result with another implementation of RFC 6902.
func FuzzAdd(f *testing.F) {
	values := []string{`1`, `{"x":{"y":[1,{"z":"a: b"}]},"n":null}`, `"two\nlines\n"`, `["",[]]`, `"yes"`, `1.50`, `"# \u2028\t'\""`, "\" \\n x\""}
	for _, s := range seeds {
		for i := range values {
			f.Add([]byte(s), uint8(i), uint8(i), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, which, where, what uint8) {
		file, _ := Parse("f", src)
		if len(file.Objects()) == 0 {
			return
		}
		o := file.Objects()[int(which)%len(file.Objects())]
		v, err := decode(o.JSON())
		if err != nil {
			t.Fatal(err)
		}
		op := pick(v, int(where), add(t, "", values[int(what)%len(values)]))
		var before []string
		for _, o := range file.Objects() {
			before = append(before, string(o.JSON()))
		}
		removal := removalOf(t, o, op)
		err = addTo(file, o, op)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Line < 1 || e.Line > countLines(src)+1 {
				t.Fatalf("bad error %v", err)
			}
			if !bytes.Equal(file.Bytes(), src) {
				t.Fatalf("failed with %v, and changed the file to %q", err, file.Bytes())
			}
			return
		}
		again, _ := Parse("f", file.Bytes())
		if len(again.Objects()) != len(before) || again.Documents() != file.Documents() {
			t.Fatalf("objects came or went: %q", file.Bytes())
		}
		for i, other := range file.Objects() {
			want := before[i]
			if other == o {
				want = applied(t, want, op)
			}
			a, errA := decode([]byte(want))
			b, errB := decode(again.Objects()[i].JSON())
			if errA != nil || errB != nil || !reflect.DeepEqual(a, b) {
				t.Fatalf("%s at %s: want %s, got %s\n%q", op.Value, op.Path, want, again.Objects()[i].JSON(), file.Bytes())
			}
			if !bytes.Equal(other.JSON(), again.Objects()[i].JSON()) || other.Line("") != again.Objects()[i].Line("") {
				t.Fatalf("object %d is not what is in the file: %s", i, other.JSON())
			}
		}
		if !isInsertion(src, file.Bytes()) {
			t.Fatalf("not an insertion: %q", file.Bytes())
		}
		if _, inside := index(op.Path[strings.LastIndex(op.Path, "/")+1:]); inside {
			return // only what is added at the end is added in one way
		}
		added := file.Bytes()
		if err := removeFrom(file, o, removal); err != nil {
			t.Fatalf("%s: %v in %q", op.Path, err, added)
		}
		if !bytes.Equal(file.Bytes(), src) {
			t.Fatalf("%s: removed from %q\ngives %q\nwant  %q", op.Path, added, file.Bytes(), src)
		}
	})
}

// pick lets op add to the collection with number i below v.
func pick(v any, i int, op jsonpatch.Operation) jsonpatch.Operation {
	var paths []string
	walk("", v, func(pointer string, v any) {
		switch v := v.(type) {
		case map[string]any:
			paths = append(paths, pointer+"/new", pointer+"/key: #")
		case []any:
			paths = append(paths, pointer+"/-")
			if len(v) > 0 {
				paths = append(paths, pointer+"/0")
			}
		case nil:
			paths = append(paths, pointer)
		}
	})
	// The other implementation does not know empty keys.
	paths = slices.DeleteFunc(paths, func(p string) bool { return strings.Contains(p+"/", "//") })
	op.Path = paths[i%len(paths)]
	return op
}

// applied is what op makes of object.
func applied(t *testing.T, object string, op jsonpatch.Operation) string {
	b, err := op.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	patch, err := jsonpatchapply.DecodePatch(append(append([]byte("["), b...), ']'))
	if err != nil {
		t.Fatal(err)
	}
	out, err := patch.Apply([]byte(object))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// isInsertion tells whether after is before with one or two insertions. What
// may be gone from between them is an empty value.
func isInsertion(before, after []byte) bool {
	head := 0
	for head < len(before) && head < len(after) && before[head] == after[head] {
		head++
	}
	tail := 0
	for tail < len(before)-head && tail < len(after)-head && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	gone, added := before[head:len(before)-tail], after[head:len(after)-tail]
	for _, c := range gone {
		i := bytes.IndexByte(added, c)
		if i < 0 {
			return strings.Trim(string(gone), " \t\r\n~nulNUL{}[]") == ""
		}
		added = added[i+1:]
	}
	return true
}
