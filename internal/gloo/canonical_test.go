package gloo_test

import (
	"encoding/json"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"github.com/glootrace/glootrace/internal/gloo"
)

// asRead is JSON as encoding/json writes what it reads.
func asRead(raw []byte) (string, bool) {
	var plain any
	if json.Unmarshal(raw, &plain) != nil {
		return "", false
	}
	written, err := json.Marshal(plain)
	return string(written), err == nil
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		`null`, `true`, `[]`, `{}`, `[null,false,[{}]]`, ` { "b" : 1 , "a" : [ 1.50 , -0 , 1e3, 1E-9, 123456789012345678, 1e999, 0.1e1 ] } `,
		`{"a":1,"b":{"x":null},"a":2}`, `{"\u0061":1,"a":2,"ab":3,"":4}`, `"<a href=\"x\">&\u2028é\u0000\b\f\n\\\/ \ud83d\ude00 \ud800 \ud800x"`, "\"\xff\x7f\"",
		`{"<":1,">":2,"é":3,"Z":4,"a-":5,"a":6}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := gloo.Parse(raw)
		want, reads := asRead(raw)
		if err != nil || !reads {
			if err == nil {
				_, _ = v.AppendCanonical(nil, nil) // no panic
			}
			return
		}
		got, err := v.AppendCanonical(nil, nil)
		if err != nil || string(got) != want {
			t.Errorf("%q\n got %s, %v\nwant %s", raw, got, err, want)
		}
		var plain any
		_ = json.Unmarshal(raw, &plain) // as asRead did
		for _, value := range []any{plain, json.RawMessage(raw), gloo.Canonical(want)} {
			if got, err := gloo.AppendJSON(nil, value); err != nil || string(got) != want {
				t.Errorf("%T of %q\n got %s, %v\nwant %s", value, raw, got, err, want)
			}
		}
	})
}

func TestAdditionsComeToWhatAJSONPatchDoes(t *testing.T) {
	const doc = `{"m":{"x":null,"y":{"z":1}},"l":[{"e":[1]},{"e":[2]},"s"],"a/b~c":{}}`
	for name, c := range map[string]struct {
		patch string
		fits  bool
	}{
		"nothing":                     {`[]`, true},
		"to maps":                     {`[{"op":"add","path":"/new","value":{"b":1,"a":2}},{"op":"add","path":"/m/y/w","value":"<"},{"op":"add","path":"/m/x","value":[]}]`, true},
		"to the ends of lists":        {`[{"op":"add","path":"/l/0/e/-","value":5},{"op":"add","path":"/l/1/e/-","value":6},{"op":"add","path":"/l/1/e/-","value":7},{"op":"add","path":"/l/-","value":{"k":[]}}]`, true},
		"an escaped name":             {`[{"op":"add","path":"/a~1b~0c/d~1","value":1}]`, true},
		"the same place, twice":       {`[{"op":"add","path":"/m/q","value":1},{"op":"add","path":"/m/q","value":2}]`, true},
		"into what was added":         {`[{"op":"add","path":"/m/q","value":{}},{"op":"add","path":"/m/q/r","value":2}]`, false},
		"over what was added to":      {`[{"op":"add","path":"/m/y/r","value":2},{"op":"add","path":"/m/y","value":{}}]`, false},
		"between items":               {`[{"op":"add","path":"/l/1","value":2}]`, false},
		"into an item that is no map": {`[{"op":"add","path":"/l/2/x","value":2}]`, false},
		"into what is not there":      {`[{"op":"add","path":"/n/x","value":2}]`, false},
		"behind the end":              {`[{"op":"add","path":"/l/7/x","value":2}]`, false},
	} {
		v, err := gloo.Parse([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		var operations []struct {
			Path  string
			Value any
		}
		if err := json.Unmarshal([]byte(c.patch), &operations); err != nil {
			t.Fatal(err)
		}
		additions, fits := &gloo.Additions{}, true
		for _, o := range operations {
			fits = fits && additions.Add(o.Path, o.Value)
		}
		var got []byte
		if fits {
			got, err = v.AppendCanonical(nil, additions)
			fits = err == nil
		}
		if fits != c.fits {
			t.Errorf("%s: fits: %v, %s, %v", name, fits, got, err)
		}
		if !fits {
			continue
		}
		patch, err := jsonpatch.DecodePatch([]byte(c.patch))
		if err != nil {
			t.Fatal(err)
		}
		patched, err := patch.Apply([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := asRead(patched); string(got) != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}
