package gloo

import (
	"math"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// FuzzParse holds the reading of JSON to gjson: it takes the same texts, and
// finds the same values in them.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0.5e+3,"x",true,false,null,{}],"b":{"c":[]}}`, ` [ ] `, `"\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t"`, `{"a\u0062":1,"a":2,"a":3}`,
		`{"a":1,}`, `[1,]`, `[1 2]`, `{"a" 1}`, `{a:1}`, `[}`, `{]`, `01`, `1.`, `.5`, `-`, `1e`, `+1`, `tru`, `nulls`, `"`, `"\x"`, `"\u12g4"`, "\"\x01\"",
		"\"\xff\xfe\"", `{}{}`, ``, ` `, "[1]\x00", `"1234567`, `"1234567"`, `"12345678\"`, "\"1234567\x1f8\"", `"1234567é\\"`, `1e999`, strings.Repeat("[", 100),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := Parse(src)
		if valid := gjson.ValidBytes(src); (err == nil) != valid {
			t.Fatalf("%v, gjson says valid: %t", err, valid)
		}
		if err == nil {
			same(t, v, gjson.ParseBytes(src))
		}
	})
}

func same(t *testing.T, v Value, want gjson.Result) {
	t.Helper()
	if raw := strings.TrimRight(want.Raw, " \n\t\r"); v.Raw() != raw { // gjson keeps what is behind the outermost value
		t.Fatalf("%s: %q, want %q", v.Path, v.Raw(), raw)
	}
	if got, is := v.Bool(); is != want.IsBool() || got != (want.Type == gjson.True) {
		t.Errorf("%s: %q is %t %t", v.Path, v.Raw(), got, is)
	}
	if v.Exists() != (want.Type != gjson.Null) || v.IsMap() != want.IsObject() || v.IsList() != want.IsArray() {
		t.Errorf("%s: %q is %s", v.Path, v.Raw(), v.typeName())
	}
	if want.Type == gjson.String && v.Text() != want.Str {
		t.Errorf("%s: text %q, want %q", v.Path, v.Text(), want.Str)
	}
	if n, _ := v.Number(); want.Type == gjson.Number && n != want.Num {
		t.Errorf("%s: number %v, want %v", v.Path, n, want.Num)
	}
	var names []string
	var fields []Value
	v.Fields(func(name string, field Value) { names, fields = append(names, name), append(fields, field) })
	items, i := v.Items(), 0
	want.ForEach(func(name, value gjson.Result) bool {
		switch {
		case want.IsArray():
			same(t, items[i], value)
		case want.IsObject():
			if names[i] != name.Str {
				t.Errorf("%s: field %q, want %q", v.Path, names[i], name.Str)
			}
			same(t, fields[i], value)
			if first := v.Child(name.Str); first.node > fields[i].node {
				t.Errorf("%s: %q is not the first", v.Path, name.Str)
			}
		default:
			return false
		}
		i++
		return true
	})
	if i != len(items)+len(fields) {
		t.Errorf("%s: %d items and %d fields, want %d", v.Path, len(items), len(fields), i)
	}
}

func TestNoDocumentIsTooDeepForTheStack(t *testing.T) {
	for depth, want := range map[int]bool{maxDepth: true, maxDepth + 1: false} {
		if _, err := Parse([]byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))); (err == nil) != want {
			t.Errorf("%d deep: %v", depth, err)
		}
	}
	if _, err := Parse([]byte(strings.Repeat(`{"a":`, 1<<20))); err == nil {
		t.Error("1 Mi deep, and not closed, is taken")
	}
}

func TestNumberOutOfRangeIsInfinite(t *testing.T) {
	v, err := Parse([]byte("1e999"))
	if n, ok := v.Number(); err != nil || !ok || !math.IsInf(n, 1) {
		t.Errorf("%v %v %v", n, ok, err)
	}
}
