package document

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gomodules.xyz/jsonpatch/v2"
)

func TestManyAdditionsAreWhatEachWouldBe(t *testing.T) {
	var list strings.Builder
	list.WriteString("apiVersion: v1\nkind: List\nitems:\n")
	for i := range 40 {
		fmt.Fprintf(&list, "- apiVersion: v1\n  kind: K\n  metadata: {name: n%d} # %d\n  spec:\n    a: 1\n    list:\n    - x\n    empty: {}\n", i, i)
	}
	op := func(path string, value any) jsonpatch.Operation { return jsonpatch.NewOperation("add", path, value) }
	for name, c := range map[string]struct {
		source string
		ops    []jsonpatch.Operation
	}{
		"one place in each":  {list.String(), []jsonpatch.Operation{op("/spec/b", map[string]any{"c": "d"})}},
		"two places apart":   {list.String(), []jsonpatch.Operation{op("/spec/list/-", "y"), op("/spec/empty/z", 1)}},
		"one place twice":    {list.String(), []jsonpatch.Operation{op("/spec/b", 1), op("/spec/c", 2)}},
		"one upon the other": {list.String(), []jsonpatch.Operation{op("/spec/empty/z", map[string]any{}), op("/spec/empty/z/y", 1)}},
		"items at one end":   {list.String(), []jsonpatch.Operation{op("/spec/list/-", map[string]any{"a": []any{1}}), op("/spec/list/-", "y"), op("/spec/list/-", "z")}},
		"in an item, and behind it": {strings.ReplaceAll(list.String(), "- x", "- x: {}"), []jsonpatch.Operation{
			op("/spec/list/0/y", map[string]any{"z": 1}), op("/spec/list/-", "y"), op("/spec/list/-", "z"), op("/spec/d", 1)}},
		"items of a flow":      {strings.ReplaceAll(list.String(), "list:\n    - x", "list: [x, y ]"), []jsonpatch.Operation{op("/spec/list/-", "y"), op("/spec/list/-", map[string]any{"z": 1})}},
		"several documents":    {list.String() + "---\n" + list.String(), []jsonpatch.Operation{op("/spec/b", 1)}},
		"one that cannot be":   {list.String(), []jsonpatch.Operation{op("/spec/a", 2)}},
		"JSON":                 {`{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"K","spec":{}},{"apiVersion":"v1","kind":"K","spec":{"a":1}}]}`, []jsonpatch.Operation{op("/spec/b", 1)}},
		"before an item":       {list.String(), []jsonpatch.Operation{op("/spec/list/0", "w"), op("/spec/list/2", "y")}},
		"behind a null parent": {strings.ReplaceAll(list.String(), "empty: {}", "empty:"), []jsonpatch.Operation{op("/spec/empty/z", 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			together, errs := Parse("f", []byte(c.source))
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			apart, _ := Parse("f", []byte(c.source))
			var all []Addition
			for _, o := range together.Objects() {
				all = append(all, Addition{o, c.ops})
			}
			errs = together.AddAll(all)
			for i, o := range apart.Objects() {
				if err := apart.change(addition(o, c.ops)); fmt.Sprint(err) != fmt.Sprint(errs[i]) {
					t.Errorf("object %d: %v, want %v", i, errs[i], err)
				}
			}
			if got, want := string(together.Bytes()), string(apart.Bytes()); got != want {
				t.Errorf("together:\n%s\napart:\n%s", got, want)
			}
			for i, o := range together.Objects() {
				if want := apart.Objects()[i]; string(o.JSON()) != string(want.JSON()) || o.Line("/spec/a") != want.Line("/spec/a") {
					t.Errorf("object %d: %s at %d, want %s at %d", i, o.JSON(), o.Line("/spec/a"), want.JSON(), want.Line("/spec/a"))
				}
			}
		})
	}
}

func TestAdditionsThatLieApartAreReadOnce(t *testing.T) {
	f, errs := Parse("f", []byte("apiVersion: v1\nkind: List\nitems:\n- {list: [0], apiVersion: v1, kind: K}\n- {list: [0], apiVersion: v1, kind: K}\n"))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var all []Addition
	for _, o := range f.Objects() {
		spec := jsonpatch.NewOperation("add", "/spec", 1)
		item := jsonpatch.NewOperation("add", "/list/-", 1)
		all = append(all, Addition{o, []jsonpatch.Operation{spec, item, item}})
	}
	if !f.addTogether(f.docs[0], all) {
		t.Error("they were not added together")
	}
}

// Items of a List are changed apart from each other, and come to the same as one
// after the other, with what no document of its own could hold left to that.
func TestManyRemovalsAreWhatEachWouldBe(t *testing.T) {
	var list strings.Builder
	list.WriteString("apiVersion: v1\nkind: List\nitems:\n")
	for i := range 12 {
		fmt.Fprintf(&list, "# %d\n- apiVersion: v1\n  kind: K\n  metadata: {name: n%d} # %d\n  spec:\n      a: 1 # a\n      list:\n      - x\n      b: {c: 1}\n", i, i, i)
	}
	void := " {}"
	gone := func(pointers ...string) (all []Removal) {
		for _, p := range pointers {
			all = append(all, Removal{Pointer: p})
		}
		return all
	}
	for name, c := range map[string]struct {
		source   string
		removals []Removal
		apart    int
	}{
		"a key":               {list.String(), gone("/spec/a"), 12},
		"several":             {list.String(), gone("/spec/a", "/metadata/name", "/kind"), 12},
		"what was empty":      {list.String(), []Removal{{Pointer: "/spec/b", Void: &void}}, 12},
		"the last":            {list.String(), gone("/spec/b"), 12},
		"what is not there":   {list.String(), gone("/spec/nothing"), 0},
		"not in all":          {strings.Replace(list.String(), "a: 1", "z: 1", 1), gone("/spec/a"), 11},
		"below other keys":    {list.String() + "metadata: {}\n# end\n", gone("/spec/a"), 12},
		"an anchor of before": {strings.Replace(list.String(), "a: 1", "a: &x 1", 1) + "- {apiVersion: v1, kind: K, spec: {a: 2, b: *x}}\n", gone("/spec/b"), 1},
		"a List in a List":    {list.String() + "- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: K, spec: {a: 1}}\n", gone("/spec/a"), 12},
		"several documents":   {list.String() + "---\n" + list.String(), gone("/spec/a"), 24},
		"CR LF":               {strings.ReplaceAll(list.String(), "\n", "\r\n"), gone("/spec/a"), 12},
		"a bare list":         {"- {apiVersion: v1, kind: K, spec: {a: 1}}\n- {apiVersion: v1, kind: K, spec: {a: 1, c: d}}\n", gone("/spec/a"), 2},
		"JSON":                {`{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"K","spec":{"a":[1]}},{"apiVersion":"v1","kind":"K","spec":{"a":1,"b":2}}]}`, gone("/spec/a"), 2},
	} {
		t.Run(name, func(t *testing.T) {
			together, errs := Parse("f", []byte(c.source))
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			apart, _ := Parse("f", []byte(c.source))
			probe, _ := Parse("f", []byte(c.source))
			var all [][]Removal
			changes := map[*doc][]change{}
			for i := range together.Objects() {
				all = append(all, c.removals)
				p := probe.Objects()[i]
				changes[p.doc] = append(changes[p.doc], removal(p, c.removals))
			}
			done := 0
			for d, of := range changes {
				for _, ok := range probe.changeApart(d, of) {
					if ok {
						done++
					}
				}
			}
			if done != c.apart {
				t.Errorf("%d changed apart, want %d", done, c.apart)
			}
			errs = together.RemoveAll(together.Objects(), all)
			for i, o := range apart.Objects() {
				if err := apart.change(removal(o, c.removals)); fmt.Sprint(err) != fmt.Sprint(errs[i]) {
					t.Errorf("object %d: %v, want %v", i, errs[i], err)
				}
			}
			if got, want := string(together.Bytes()), string(apart.Bytes()); got != want {
				t.Errorf("together:\n%s\napart:\n%s", got, want)
			}
			for i, o := range together.Objects() {
				if want := apart.Objects()[i]; string(o.JSON()) != string(want.JSON()) || o.Line("/spec/b") != want.Line("/spec/b") {
					t.Errorf("object %d: %s at %d, want %s at %d", i, o.JSON(), o.Line("/spec/b"), want.JSON(), want.Line("/spec/b"))
				}
			}
		})
	}
}

// A List of thousands must not be read again for each of its objects. Twice as
// many may make three times the allocations, which stand here for work; what is
// quadratic makes four times.
func TestWorkGrowsAsTheList(t *testing.T) {
	for name, change := range map[string]func(f *File) []error{
		"additions that lie apart": func(f *File) []error {
			var all []Addition
			for _, o := range f.Objects() {
				all = append(all, Addition{o, []jsonpatch.Operation{add(t, "/spec/b", `1`)}})
			}
			return f.AddAll(all)
		},
		"additions to one place": func(f *File) []error {
			var all []Addition
			for _, o := range f.Objects() {
				all = append(all, Addition{o, []jsonpatch.Operation{add(t, "/spec/b", `1`), add(t, "/spec/c", `1`)}})
			}
			return f.AddAll(all)
		},
		"removals": func(f *File) []error {
			return f.RemoveAll(f.Objects(), slices.Repeat([][]Removal{{{Pointer: "/spec/a"}}}, len(f.Objects())))
		},
	} {
		t.Run(name, func(t *testing.T) {
			work := func(n int) float64 {
				src := "apiVersion: v1\nkind: List\nitems:\n" + strings.Repeat("- apiVersion: v1\n  kind: A\n  spec:\n    a: [1, 2]\n    z: 1\n", n)
				return testing.AllocsPerRun(1, func() {
					for _, err := range change(mustParse(t, src)) {
						if err != nil {
							t.Fatal(err)
						}
					}
				})
			}
			const n = 100
			if once, twice := work(n), work(2*n); twice > 3*once {
				t.Errorf("%d: %.0f allocations, %d: %.0f", n, once, 2*n, twice)
			} else {
				t.Logf("%d: %.0f allocations, %d: %.0f", n, once, 2*n, twice)
			}
		})
	}
}
