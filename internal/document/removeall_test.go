package document

import (
	"strings"
	"testing"

	"gomodules.xyz/jsonpatch/v2"
)

func TestWhatWasAddedTogetherIsTakenOutTogether(t *testing.T) {
	const block = "apiVersion: v1\nkind: K\nspec:\n  list: # of mine\n  - a: {b: 1} # one\n    c:\n      d: 2 # two\n  # end\n  e: 3\n"
	const flow = "{apiVersion: v1, kind: K, spec: {list: [{a: {b: 1}, c: {d: 2}}], e: 3}}\n"
	op := func(path string, value any) jsonpatch.Operation { return jsonpatch.NewOperation("add", path, value) }
	ops := []jsonpatch.Operation{
		op("/spec/list/0/a/x", 1), op("/spec/list/0/c/y", map[string]any{"z": "1"}),
		op("/spec/list/-", map[string]any{"v": []any{"w"}}), op("/spec/list/-", "v"), op("/spec/list/-", map[string]any{"w": 1}),
	}
	var removals []Removal
	for _, pointer := range []string{"/spec/list/3", "/spec/list/2", "/spec/list/1", "/spec/list/0/c/y", "/spec/list/0/a/x"} {
		removals = append(removals, Removal{Pointer: pointer})
	}
	for name, c := range map[string]struct {
		source string
		edit   func(injected string) string
		apart  bool
	}{
		"block":                  {block, nil, false},
		"CR LF":                  {strings.ReplaceAll(block, "\n", "\r\n"), nil, false},
		"flow":                   {flow, nil, false},
		"JSON":                   {`{"apiVersion": "v1", "kind": "K", "spec": {"list": [{"a": {"b": 1}, "c": {"d": 2}}], "e": 3}}`, nil, false},
		"a remark beside it":     {block, func(s string) string { return strings.Replace(s, "- v\n", "- v # mine\n", 1) }, true},
		"something else over it": {flow, func(s string) string { return "# mine\n" + s }, false},
	} {
		f, errs := Parse("f", []byte(c.source))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		if err := f.AddAll([]Addition{{f.Objects()[0], ops}})[0]; err != nil {
			t.Fatal(err)
		}
		injected := string(f.Bytes())
		if c.edit != nil {
			injected = c.edit(injected)
			if f, errs = Parse("f", []byte(injected)); len(errs) > 0 {
				t.Fatal(errs)
			}
		}
		_, first := f.docs[0].withoutAll(nil, removals, 0)
		_, second := f.docs[0].withoutAll(nil, removals, 1)
		if (first || second) == c.apart {
			t.Errorf("%s: taken out together: %v in\n%s", name, !c.apart, injected)
		}
		if err := f.RemoveAll(f.Objects(), [][]Removal{removals})[0]; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		want := c.source
		if c.edit != nil && !c.apart {
			want = c.edit(want)
		}
		if got := string(f.Bytes()); !c.apart && got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}
