package document

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"gomodules.xyz/jsonpatch/v2"
)

const head = "apiVersion: v1\nkind: A\n"

// add is an add operation whose value is given as JSON.
func add(t testing.TB, path, value string) jsonpatch.Operation {
	t.Helper()
	if !json.Valid([]byte(value)) {
		t.Fatalf("not JSON: %s", value)
	}
	return jsonpatch.NewOperation("add", path, json.RawMessage(value))
}

// addTo adds to one object.
func addTo(f *File, o *Object, ops ...jsonpatch.Operation) error {
	return f.AddAll([]Addition{{o, ops}})[0]
}

func mustParse(t testing.TB, src string) *File {
	t.Helper()
	f, errs := Parse("a.yaml", []byte(src))
	for _, err := range errs {
		t.Fatal(err)
	}
	return f
}

func TestAdd(t *testing.T) {
	for name, c := range map[string]struct{ before, path, value, after string }{
		"key at the end of a map": {
			head + "spec:\n  a: 1 # one\n\n# trailing\n", "/spec/b", `{"y":"yes","x":["1",2]}`,
			head + "spec:\n  a: 1 # one\n  b:\n    x:\n      - \"1\"\n      - 2\n    \"y\": \"yes\"\n\n# trailing\n"},
		"comments of the last key": {
			head + "spec:\n  a:\n    b: 1\n    # c: 2\n\n   # of a\n\n  # of spec\n    # nobody's\n# trailing\n", "/spec/d", `3`,
			head + "spec:\n  a:\n    b: 1\n    # c: 2\n\n   # of a\n  d: 3\n\n  # of spec\n    # nobody's\n# trailing\n"},
		"comments of a list that is not indented": {
			head + "spec:\n  a:\n  - b: 1\n    # c: 2\n  # - b: 2\n# trailing\n", "/spec/d", `3`,
			head + "spec:\n  a:\n  - b: 1\n    # c: 2\n  # - b: 2\n  d: 3\n# trailing\n"},
		"comments of the last item": {
			head + "spec:\n  - b: 1\n    # c: 2\n  # - b: 2\n", "/spec/-", `{"b":3}`,
			head + "spec:\n  - b: 1\n    # c: 2\n  - b: 3\n  # - b: 2\n"},
		"a comment that ends the file": {
			head + "spec:\n  a:\n    b: 1\n    # c: 2", "/spec/d", `3`,
			head + "spec:\n  a:\n    b: 1\n    # c: 2\n  d: 3"},
		"text that looks like a comment": {
			head + "spec:\n  a: |\n    b\n    # c\n   # d\n", "/spec/d", `3`,
			head + "spec:\n  a: |\n    b\n    # c\n   # d\n  d: 3\n"},
		"no newline at the end": {
			head + "spec:\n  a: 1", "/spec/b", `2`,
			head + "spec:\n  a: 1\n  b: 2"},
		"CRLF": {
			"apiVersion: v1\r\nkind: A\r\nspec:\r\n  a: 1\r\n---\r\n", "/spec/b", `{"c":"d\ne"}`,
			"apiVersion: v1\r\nkind: A\r\nspec:\r\n  a: 1\r\n  b:\r\n    c: |-\r\n      d\r\n      e\r\n---\r\n"},
		"four spaces": {
			head + "spec:\n    a:\n        b: 1\n", "/spec/c", `{"d":{"e":1}}`,
			head + "spec:\n    a:\n        b: 1\n    c:\n        d:\n            e: 1\n"},
		"null": {
			head + "spec:\n  a: # why\n  b: 1\n", "/spec/a/x", `{"z":1}`,
			head + "spec:\n  a: # why\n    x:\n      z: 1\n  b: 1\n"},
		"tilde": {
			head + "spec:\n  a: ~   # why\n  b: 1\n", "/spec/a/x", `1`,
			head + "spec:\n  a:   # why\n    x: 1\n  b: 1\n"},
		"the word null": {
			head + "spec: null\n", "/spec/x", `1`,
			head + "spec:\n  x: 1\n"},
		"empty map": {
			head + "spec: {}\n", "/spec/x", `1`,
			head + "spec:\n  x: 1\n"},
		"empty list": {
			head + "spec:\n  a: [ ] # none\n", "/spec/a/-", `{"b":1,"c":2}`,
			head + "spec:\n  a: # none\n    - b: 1\n      c: 2\n"},
		"null that becomes a list": {
			head + "spec:\n  a:\n", "/spec/a/-", `1`,
			head + "spec:\n  a:\n    - 1\n"},
		"null key gets a scalar": {
			head + "spec:\n  a: # why\n", "/spec/a", `"x"`,
			head + "spec:\n  a: x # why\n"},
		"text that needs care": {
			head + "spec:\n  a: 1\n", "/spec/b", `{"c":"\t\nx","d":"\n x","e":"x\n\n","f":"x\n\u2028","g":" ","true":"1.0"}`,
			head + "spec:\n  a: 1\n  b:\n    c: \"\\t\\nx\"\n    d: |2-\n\n       x\n    e: |+\n      x\n\n    f: \"x\\n\\L\"\n    g: ' '\n    \"true\": \"1.0\"\n"},
		"null key gets lines": {
			head + "spec:\n  a: # why\n  b: 1\n", "/spec/a", `"x\ny"`,
			head + "spec:\n  a: |- # why\n    x\n    y\n  b: 1\n"},
		"null item": {
			head + "a:\n-\n- x\n", "/a/0/b", `{"c":1,"d":2}`,
			head + "a:\n- b:\n    c: 1\n    d: 2\n- x\n"},
		"anchored null without aliases": {
			head + "a: &x\nb: 1\n", "/a/c", `1`,
			head + "a: &x\n  c: 1\nb: 1\n"},
		"flow map": {
			head + "spec: {a: b} # c\n", "/spec/d", `{"e":["f, g"]}`,
			head + "spec: {a: b, d: {e: ['f, g']}} # c\n"},
		"flow map over lines": {
			head + "spec: {\n    a: b, # c\n    d: e # f\n  }\n", "/spec/x", `1`,
			head + "spec: {\n    a: b, # c\n    d: e, # f\n    x: 1\n  }\n"},
		"flow map with a comma at the end": {
			head + "spec: {\n    a: b, # c\n  }\n", "/spec/x", `1`,
			head + "spec: {\n    a: b, # c\n    x: 1,\n  }\n"},
		"flow null": {
			head + "spec: {a: , b: 1}\n", "/spec/a/c", `1`,
			head + "spec: {a: {c: 1}, b: 1}\n"},
		"flow null without a space": {
			head + "spec: {\"a\":, b: 1}\n", "/spec/a/c", `1`,
			head + "spec: {\"a\": {c: 1}, b: 1}\n"},
		"flow map with a lone key": {
			head + "spec: {a }\n", "/spec/x", `1`,
			head + "spec: {a , x: 1}\n"},
		"empty flow in flow": {
			head + "spec: {a: {}}\n", "/spec/a/c", `1`,
			head + "spec: {a: {c: 1}}\n"},
		"flow list": {
			head + "spec: [a, b]\n", "/spec/-", `{"c":1}`,
			head + "spec: [a, b, {c: 1}]\n"},
		"flow list, inside": {
			head + "spec: [a, b]\n", "/spec/1", `"y"`,
			head + "spec: [a, \"y\", b]\n"},
		"list without indentation": {
			head + "spec:\n  a:\n  - b: 1\n  c: 1\n", "/spec/a/-", `{"b":[1],"c":2}`,
			head + "spec:\n  a:\n  - b: 1\n  - b:\n    - 1\n    c: 2\n  c: 1\n"},
		"list at its length": {
			head + "a:\n  - 1\n", "/a/1", `2`,
			head + "a:\n  - 1\n  - 2\n"},
		"list, inside": {
			head + "a:\n  - 1 # one\n  # three\n  - 3\n", "/a/1", `{"b":2}`,
			head + "a:\n  - 1 # one\n  - b: 2\n  # three\n  - 3\n"},
		"list, first": {
			head + "a:\n  - 1\n", "/a/0", `{"b":2,"c":3}`,
			head + "a:\n  - b: 2\n    c: 3\n  - 1\n"},
		"list in a list, first": {
			head + "a:\n- - 1\n  - 2\n", "/a/0/0", `0`,
			head + "a:\n- - 0\n  - 1\n  - 2\n"},
		"key in an item": {
			head + "a:\n-   b: 1\n-\n  b: 2\n", "/a/0/c", `1`,
			head + "a:\n-   b: 1\n    c: 1\n-\n  b: 2\n"},
		"literal": {
			head + "spec:\n  a: |\n    text # no comment\n\n    more\n\n  # yes\nb: 1\n", "/spec/c", `1`,
			head + "spec:\n  a: |\n    text # no comment\n\n    more\n  c: 1\n\n  # yes\nb: 1\n"},
		"literal that keeps blank lines": {
			head + "spec:\n  a: |+\n    text\n\n\nb: 1\n", "/spec/c", `1`,
			head + "spec:\n  a: |+\n    text\n\n\n  c: 1\nb: 1\n"},
		"folded": {
			head + "spec:\n  a: >- # c\n    text\n    more\n", "/spec/c", `1`,
			head + "spec:\n  a: >- # c\n    text\n    more\n  c: 1\n"},
		"empty literal": {
			head + "spec:\n  a: |-\nb: 1\n", "/spec/c", `1`,
			head + "spec:\n  a: |-\n  c: 1\nb: 1\n"},
		"plain over lines": {
			head + "spec:\n  a: one\n    two\n\n    three # c\n", "/spec/c", `1`,
			head + "spec:\n  a: one\n    two\n\n    three # c\n  c: 1\n"},
		"quoted over lines": {
			head + "spec:\n  a: \"one # \\\" \n\n    two\" # c\n  b: 'it''s\n   # b'\n", "/spec/c", `1`,
			head + "spec:\n  a: \"one # \\\" \n\n    two\" # c\n  b: 'it''s\n   # b'\n  c: 1\n"},
		"escaped quote": {
			head + "spec:\n  a: \"\\\"\n    b\"\n", "/spec/c", `1`,
			head + "spec:\n  a: \"\\\"\n    b\"\n  c: 1\n"},
		"tags and anchors": {
			head + "spec: !!map &x # c\n  a: !!str &y # d\n", "/spec/c", `1`,
			head + "spec: !!map &x # c\n  a: !!str &y # d\n  c: 1\n"},
		"wide characters": {
			head + "spec: {ä: ö, \"😀\": \"é\"}\n", "/spec/c", `"ß"`,
			head + "spec: {ä: ö, \"😀\": \"é\", c: ß}\n"},
		"last key is an alias": {
			head + "a: &a {x: 1}\nspec:\n  b: *a # c\n", "/spec/c", `1`,
			head + "a: &a {x: 1}\nspec:\n  b: *a # c\n  c: 1\n"},
		"only a merge key": {
			head + "a: &a {x: 1}\nspec:\n  <<: *a\n", "/spec/c", `1`,
			head + "a: &a {x: 1}\nspec:\n  <<: *a\n  c: 1\n"},
		"document marks": {
			"%YAML 1.2\n--- # first\n" + head + "spec:\n  a: 1\n...\n# after\n", "/spec/b", `2`,
			"%YAML 1.2\n--- # first\n" + head + "spec:\n  a: 1\n  b: 2\n...\n# after\n"},
		"flow document": {
			"--- {apiVersion: v1, kind: A}\n", "/spec", `{"a":1}`,
			"--- {apiVersion: v1, kind: A, spec: {a: 1}}\n"},
		"BOM": {
			"\uFEFF" + head + "spec: {}", "/spec/a", `1`,
			"\uFEFF" + head + "spec:\n  a: 1"},
		"BOM and flow": {
			"\uFEFF{apiVersion: v1, kind: A}\n", "/a", `1`,
			"\uFEFF{apiVersion: v1, kind: A, a: 1}\n"},
		"escaped pointer": {
			head + "a/b:\n  c~d: {}\n", "/a~1b/c~0d/e~1f", `1`,
			head + "a/b:\n  c~d:\n    e/f: 1\n"},
		"comments under an empty key": {
			head + "spec:\n  a:\n    # b: 1\n  c: 1\n", "/spec/a/d", `1`,
			head + "spec:\n  a:\n    d: 1\n    # b: 1\n  c: 1\n"},
		"JSON in one line": {
			`{"apiVersion":"v1","kind":"A","spec":{"a":[]}}` + "\n", "/spec/b", `{"c":"x:,\"<"}`,
			`{"apiVersion":"v1","kind":"A","spec":{"a":[],"b":{"c":"x:,\"<"}}}` + "\n"},
		"JSON in one line with spaces": {
			`{"apiVersion": "v1", "kind": "A", "spec": {"a": null}}`, "/spec/a/b", `[1,{"c":"\"x:,\\"}]`,
			`{"apiVersion": "v1", "kind": "A", "spec": {"a": {"b": [1, {"c": "\"x:,\\"}]}}}`},
		"JSON in lines": {
			"{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"A\",\n    \"spec\": {\n        \"a\": 1\n    }\n}\n", "/spec/b", `{"c":[1]}`,
			"{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"A\",\n    \"spec\": {\n        \"a\": 1,\n        \"b\": {\n            \"c\": [\n                1\n            ]\n        }\n    }\n}\n"},
		"JSON with tabs and CRLF, empty map": {
			"{\r\n\t\"apiVersion\": \"v1\",\r\n\t\"kind\": \"A\",\r\n\t\"spec\": {}\r\n}", "/spec/b", `1`,
			"{\r\n\t\"apiVersion\": \"v1\",\r\n\t\"kind\": \"A\",\r\n\t\"spec\": {\r\n\t\t\"b\": 1\r\n\t}\r\n}"},
		"JSON list": {
			"---\n{\"apiVersion\": \"v1\", \"kind\": \"A\", \"a\": [\n  1,\n  3\n]}\n---\n", "/a/1", `2`,
			"---\n{\"apiVersion\": \"v1\", \"kind\": \"A\", \"a\": [\n  1,\n  2,\n  3\n]}\n---\n"},
	} {
		t.Run(name, func(t *testing.T) {
			f := mustParse(t, c.before)
			if err := addTo(f, f.Objects()[0], add(t, c.path, c.value)); err != nil {
				t.Fatal(err)
			}
			if got := string(f.Bytes()); got != c.after {
				t.Errorf("got\n%s\nwant\n%s\n%q", got, c.after, got)
			}
			again := mustParse(t, c.after)
			if got, want := string(f.Objects()[0].JSON()), string(again.Objects()[0].JSON()); got != want {
				t.Errorf("JSON is %s, but %s when read again", got, want)
			}
		})
	}
}

// TestAddSeveral edits several objects of a file, also in a list, and asks for
// lines afterwards.
func TestAddSeveral(t *testing.T) {
	f := mustParse(t, "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n- apiVersion: v1\n  kind: B\n  x: {}\n---\n"+head+"y: 1\n")
	objects := f.Objects()
	if len(objects) != 3 {
		t.Fatalf("%d objects", len(objects))
	}
	for i, op := range []jsonpatch.Operation{add(t, "/spec", `{"a":1}`), add(t, "/x/b", `{"c":2}`), add(t, "/z", `3`)} {
		if err := addTo(f, objects[i], op, add(t, "/also", `"x"`)); err != nil {
			t.Fatal(err)
		}
	}
	want := "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n  spec:\n    a: 1\n  also: x\n- apiVersion: v1\n  kind: B\n  x:\n    b:\n      c: 2\n  also: x\n---\n" + head + "y: 1\nz: 3\nalso: x\n"
	if got := string(f.Bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := string(objects[1].JSON()), `{"apiVersion":"v1","kind":"B","x":{"b":{"c":2}},"also":"x"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	again := mustParse(t, want)
	for i, o := range again.Objects() {
		for _, pointer := range []string{"", "/kind", "/also", "/x/b/c"} {
			if got, want := objects[i].Line(pointer), o.Line(pointer); got != want {
				t.Errorf("object %d %q: line %d, want %d", i, pointer, got, want)
			}
		}
	}
}

// TestGolden edits a file as people write them, with both kinds of line breaks.
func TestGolden(t *testing.T) {
	before, err := os.ReadFile("testdata/gateway.yaml")
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile("testdata/gateway.golden.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ops := map[string][]jsonpatch.Operation{
		"Gateway": {
			add(t, "/spec/httpGateway/options/httpConnectionManagerSettings", `{"tracing":{"verbose":true,"openTelemetryConfig":{"collectorUpstreamRef":{"name":"otel-collector","namespace":"gloo-system"}}}}`),
		},
		"VirtualService": {
			add(t, "/metadata/annotations", `{"glootrace.io/injected":"true"}`),
			add(t, "/spec/virtualHost/routes/0/options/tracing", `{"routeDescriptor":"petstore: all","tracePercentages":{"randomSamplePercentage":12.50}}`),
			add(t, "/spec/virtualHost/routes/1/options", `{"tracing":{"routeDescriptor":"yes"}}`),
			add(t, "/spec/virtualHost/routes/-", `{"matchers":[{"prefix":"/"}],"directResponseAction":{"status":404}}`),
			add(t, "/spec/virtualHost/options", `{"stagedTransformations":{"early":{"requestTransforms":[]}}}`),
		},
		"Upstream": {add(t, "/metadata/labels/team", `"a"`), add(t, "/spec/static/hosts/-", `{"addr":"b","port":80}`)},
	}
	for name, convert := range map[string]func(string) string{
		"LF":   func(s string) string { return s },
		"CRLF": func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			f := mustParse(t, convert(string(before)))
			if f.Documents() != 4 || len(f.Objects()) != 3 {
				t.Fatalf("%d documents, %d objects", f.Documents(), len(f.Objects()))
			}
			for _, o := range f.Objects() {
				kind := string(o.doc.at(o.path).get("kind").json)
				if err := addTo(f, o, ops[strings.Trim(kind, `"`)]...); err != nil {
					t.Fatal(err)
				}
			}
			if got := string(f.Bytes()); got != convert(string(after)) {
				t.Errorf("got\n%s", got)
			}
		})
	}
}
