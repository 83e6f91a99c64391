package document

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	sigsyaml "sigs.k8s.io/yaml"
)

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		src       string
		documents int
		objects   []string // kind and line
		errs      []string
	}{
		"nothing":                  {"", 0, nil, nil},
		"blank lines":              {"\n \n\t\n", 0, nil, nil},
		"only a BOM":               {"\uFEFF", 0, nil, nil},
		"only comments":            {"# a\n", 1, nil, nil},
		"only marks":               {"---\n---\n...\n---\n", 0, nil, nil},
		"one":                      {head, 1, []string{"A 1"}, nil},
		"header before mark":       {"# a\n\n---\n" + head, 1, []string{"A 4"}, nil},
		"helm":                     {"---\n# Source: a\n---\n# Source: b\n" + head + "---\n# Source: c\n", 3, []string{"A 5"}, nil},
		"empty documents":          {"---\n" + head + "---\n\n---\n" + head + "---", 2, []string{"A 2", "A 7"}, nil},
		"dots":                     {head + "...\n# comment\n%YAML 1.1\n---\n" + head, 2, []string{"A 1", "A 7"}, nil},
		"directive":                {"%YAML 1.2\n%TAG !e! tag:example.com,2000:\n--- # c\n" + head, 1, []string{"A 4"}, nil},
		"mark with content":        {"--- {apiVersion: v1, kind: A}\n--- |\n text\n", 2, []string{"A 1"}, nil},
		"mark in block scalar":     {head + "a: |\n  x\n  ---\n  y\n---\n" + head, 2, []string{"A 1", "A 8"}, nil},
		"no mark":                  {head + "a: |\n  x\n----\n", 1, nil, []string{"f:5: could not find expected ':'"}},
		"CRLF":                     {strings.ReplaceAll("---\n"+head+"---\n"+head, "\n", "\r\n"), 2, []string{"A 2", "A 5"}, nil},
		"CR":                       {strings.ReplaceAll("---\n"+head+"---\n"+head, "\n", "\r"), 2, []string{"A 2", "A 5"}, nil},
		"line separator":           {"# a\u2028---\n" + head + "---\u2028" + head, 2, []string{"A 2", "A 4"}, nil},
		"BOM":                      {"\uFEFF---\n" + head, 1, []string{"A 2"}, nil},
		"BOM in between":           {head + "...\n\uFEFF" + head, 2, []string{"A 1", "A 4"}, nil},
		"no objects":               {"a: 1\n---\nkind: A\n---\n- 1\n---\ntext\n---\napiVersion: v1\nkind: [A]\n---\nkind: ''\napiVersion: v1\n", 6, nil, nil},
		"list":                     {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n- a: 1\n-\n  kind: B\n  apiVersion: v1\n", 1, []string{"A 4", "B 8"}, nil},
		"list of lists":            {"apiVersion: v1\nkind: AList\nitems: [{apiVersion: v1, kind: BList, items: [{apiVersion: v1, kind: C}]}]\n", 1, []string{"C 3"}, nil},
		"list without items":       {"apiVersion: v1\nkind: AllowList\nspec: {}\n", 1, []string{"AllowList 1"}, nil},
		"list of nothing":          {"apiVersion: v1\nkind: List\nitems:\n", 1, nil, nil},
		"too deep":                 {head + "a: " + strings.Repeat("[", 1200) + strings.Repeat("]", 1200), 1, nil, []string{"f:3: nested more than 1000 levels deep"}},
		"BOM and JSON":             {"\uFEFF{\"apiVersion\": \"v1\", \"kind\": \"A\", \"\\/\": 1}", 1, []string{"A 1"}, nil},
		"empty list":               {"apiVersion: v1\nkind: List\nitems: []\n", 1, nil, nil},
		"JSON":                     {"\n{\n \"apiVersion\": \"v1\", \"kind\": \"A\"}\n", 1, []string{"A 2"}, nil},
		"JSON escapes":             {`{"apiVersion":"v1","kind":"A","a\/":"\ud83d\ude00"}`, 1, []string{"A 1"}, nil},
		"bare list":                {"- apiVersion: v1\n  kind: A\n- 1\n- {apiVersion: v1, kind: B}\n- [{apiVersion: v1, kind: C}]\n", 1, []string{"A 1", "B 4"}, nil},
		"bare JSON list":           {"[{\"apiVersion\":\"v1\",\"kind\":\"A\"},\n{\"apiVersion\":\"v1\",\"kind\":\"B\"}]\n", 1, []string{"A 1", "B 2"}, nil},
		"JSON in a row":            {"# c\n{\"apiVersion\":\"v1\",\"kind\":\"A\"}{\"apiVersion\":\"v1\",\n\"kind\":\"B\"}\n\n{\"apiVersion\":\"v1\",\"kind\":\"C\"}\n\n", 3, []string{"A 2", "B 2", "C 5"}, nil},
		"JSON in a row, a bad one": {"{\"apiVersion\":\"v1\",\"kind\":\"A\"}\n{\"a\": }\n", 1, nil, []string{"f:2: did not find expected <document start>"}},
		"without apiVersion":       {"kind: A\nmetadata: {name: a}\n---\n" + head, 2, []string{"A 4"}, []string{"f:1: kind \"A\" without apiVersion: the API server knows no such object"}},
		"without kind":             {head + "---\n# c\napiVersion: v1\nmetadata: {}\n", 2, []string{"A 1"}, []string{"f:5: apiVersion \"v1\" without kind: the API server knows no such object"}},
		"item without kind":        {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  metadata: {}\n", 1, nil, []string{"f:4: apiVersion \"v1\" without kind: the API server knows no such object"}},
		"mistake in a mapping":     {head + "spec:\n  a: 1\n  b: 2\n c: 3\nd: 4\n", 1, nil, []string{"f:6: did not find expected key"}},
		"mistake in a list":        {"---\n" + head + "spec:\n- a\n- b\n  c\n d: 1\n", 1, nil, []string{"f:8: mapping values are not allowed in this context"}},
		"text behind a quote":      {"---\n" + head + "a: 1\nb: 'x' y\nc: 1\n", 1, nil, []string{"f:5: did not find expected key"}},
		"open brackets":            {"---\n" + head + "a: 1\nb: [x,\n  y\nc: 1\n", 1, nil, []string{"f:5: did not find expected ',' or ']'"}},
		"open braces, first line":  {"{a: 1,\nb: 2\n", 1, nil, []string{"f:1: did not find expected ',' or '}'"}},
		"bracket without a start":  {head + "a: }\nb: 1\n", 1, nil, []string{"f:3: did not find expected node content"}},
		"JSON after YAML":          {head + "---\n{\"apiVersion\":\"v1\",\n\"kind\":\"B\"}\n", 2, []string{"A 1", "B 4"}, nil},
		"JSON list": {"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n{\"apiVersion\":\"v1\",\"kind\":\"A\"},\r\n{\"apiVersion\":\"v1\",\"kind\":\"B\"}]}", 1,
			[]string{"A 2", "B 3"}, nil},
		"mistakes hide nothing": {head + "---\na: [\n---\n" + head + "---\n\ta: b\n", 4, []string{"A 1", "A 6"},
			[]string{"f:4: did not find expected node content", "f:9: a tab in the indentation, where YAML allows spaces only"}},
		"duplicate keys":             {head + "a:\n  b: 1\n  'b': 2\n", 1, nil, []string{`f:5: key "b" is there twice`}},
		"duplicate in JSON":          {"{\"a\": 1,\n\"b\": 1,\n\"\\u0061\": 2}", 1, nil, []string{`f:3: key "a" is there twice`}},
		"duplicate after conversion": {head + "a:\n  1: 1\n  '1': 2\n", 1, nil, []string{`f:5: key "1" is there twice`}},
		"two merge keys":             {head + "a:\n  <<: {}\n  <<: {}\n", 1, nil, []string{`f:5: key "<<" is there twice`}},
		"not UTF-8":                  {head + "---\n" + head + "a: \xff\n", 2, []string{"A 1"}, []string{"f:6: not UTF-8: byte 0xFF"}},
		"UTF-16":                     {"\xff\xfea\x00", 1, nil, []string{"f:1: not UTF-8: byte 0xFF"}},
		"control character":          {head + "a: \x00\n", 1, nil, []string{"f:3: control character U+0000"}},
		"key that is null":           {head + "? \n: a\n", 1, nil, []string{"f:3: a key has to be a string"}},
		"key that is a map":          {head + "{a: b}: c\n", 1, nil, []string{"f:3: a key has to be a string, and not a map; text that begins with {{ has to be in quotes"}},
		"template without quotes":    {head + "text: {{header(\"Host\")}}\n", 1, nil, []string{"f:3: a key has to be a string, and not a map; text that begins with {{ has to be in quotes"}},
		"not a number":               {head + "a: .nan\n", 1, nil, []string{"f:3: .nan: JSON has no such number"}},
		"bad tag":                    {head + "a: !!int x\n", 1, nil, []string{"f:3: x is no int"}},
		"merge of a list":            {head + "a:\n  <<: [1]\n", 1, nil, []string{"f:4: a merge key needs a mapping or a list of mappings"}},
		"alias in itself":            {head + "a: &a\n  b: *a\n", 1, nil, []string{"f:4: *a contains itself"}},
		"unknown alias":              {head + "a: *b\n", 1, nil, []string{"f:1: unknown anchor 'b' referenced"}},
		"tab":                        {head + "a:\n\tb: 1\n", 1, nil, []string{"f:4: a tab in the indentation, where YAML allows spaces only"}},
		"tab after spaces":           {head + "a:\n  b: 1\n\n \tc: 1\n", 1, nil, []string{"f:6: a tab in the indentation, where YAML allows spaces only"}},
		"tab after a dash":           {head + "a:\n-\tb: 1\n\tc: 1\n", 1, nil, []string{"f:4: a tab in the indentation, where YAML allows spaces only"}},
		"no tab":                     {head + "a: @b\n", 1, nil, []string{"f:3: found character that cannot start any token"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, errs := Parse("f", []byte(c.src))
			if f.Documents() != c.documents {
				t.Errorf("%d documents, want %d", f.Documents(), c.documents)
			}
			var objects, problems []string
			for _, o := range f.Objects() {
				objects = append(objects, fmt.Sprintf("%s %d", strings.Trim(string(o.doc.at(o.path).get("kind").json), `"`), o.Line("")))
			}
			for _, err := range errs {
				problems = append(problems, err.Error())
			}
			if !slices.Equal(objects, c.objects) {
				t.Errorf("objects %q, want %q", objects, c.objects)
			}
			if !slices.Equal(problems, c.errs) {
				t.Errorf("errors %q, want %q", problems, c.errs)
			}
			if string(f.Bytes()) != c.src {
				t.Errorf("bytes %q", f.Bytes())
			}
		})
	}
}

func TestErrorUnwraps(t *testing.T) {
	cause := errors.New("x")
	if !errors.Is(&Error{Line: 1, Err: cause}, cause) {
		t.Error("the cause is lost")
	}
}

// TestJSON compares with the library by which kubectl reads files.
func TestJSON(t *testing.T) {
	for _, value := range []string{
		"text", "'text'", `"a\u00e9\n\"<>&\u2028"`, "é😀", "|\n  a\n  b\n", "one\n  two\n\n  three", "''",
		"~", "null", "", "NULL", "true", "True", "false", "yes", "No", "on", "OFF", "y", "'yes'", "!!str yes",
		"1", "-1", "0", "+1", "0x1F", "0b11", "0777", "1_000", "18446744073709551615", "123456789012345678901234567890",
		"1.5", "-.5", "1.", "1e3", "1E400", "'1'", "!!str 1", "!!float 1", "1.2.3", "08", "12:30:45", "1e",
		"2001-12-14", "2001-12-14T21:59:43Z", "!!timestamp 2001-12-14", "!!binary aGVsbG8=", "!own text", "<", "=",
		"[]", "{}", "[1, [a, {b: c}]]", "{1: a, true: b, 1.50: c, no: d, 0x10: e, 2001-12-14: f}",
		"[&a {x: 1}, *a, {<<: *a, y: 2}, {<<: [*a, {x: 2, z: 3}]}, {<<: {z: {}}}]", "{? a, b}",
		"[&a x, *a, {*a : 1}]",
	} {
		src := head + "v: " + value + "\n"
		f, errs := Parse("f", []byte(src))
		want, err := sigsyaml.YAMLToJSON([]byte(src))
		if err != nil || len(errs) > 0 {
			t.Errorf("%s: %v, kubectl says %v", value, errs, err)
			continue
		}
		got := f.Objects()[0].JSON()
		var a, b any
		if err := errors.Join(sigsyaml.Unmarshal(got, &a), sigsyaml.Unmarshal(want, &b)); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%s: got %s, kubectl has %s", value, got, want)
		}
	}
}

func TestJSONKeepsText(t *testing.T) {
	for src, want := range map[string]string{
		head + "b: 1.50\na: 1e3\nc: [-0.0, 12345678901234567890123]\n": `{"apiVersion":"v1","kind":"A","b":1.50,"a":1e3,"c":[-0.0,12345678901234567890123]}`,
		`{"kind": "A", "apiVersion": "v1", "a": 1.0E+2}`:               `{"kind":"A","apiVersion":"v1","a":1.0E+2}`,
		head + "a: &a {y1: 1, x: 2}\n<<: *a\n":                         `{"apiVersion":"v1","kind":"A","a":{"y1":1,"x":2},"y1":1,"x":2}`,
		head + "a: &a {x: 1}\nb: {<<: *a, x: 2}\n":                     `{"apiVersion":"v1","kind":"A","a":{"x":1},"b":{"x":2}}`,
	} {
		if got := string(mustParse(t, src).Objects()[0].JSON()); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestLine(t *testing.T) {
	f := mustParse(t, "# \u2028\n---\napiVersion: v1\nkind: List\nitems:\n-\n  apiVersion: v1\n  kind: A\n  a/b:\n    - x\n    -\n      c: 1\n  d: &d\n    e: 1\n  f: *d\n  g:\n    <<: *d\n")
	for pointer, want := range map[string]int{
		"": 7, "/kind": 8, "/a~1b": 9, "/a~1b/0": 10, "/a~1b/1": 12, "/a~1b/1/c": 12,
		"/a~1b/2": 9, "/a~1b/-": 9, "/a~1b/01": 9, "/a~1b/0/x/y": 10, "/none/x": 7, "kind": 7,
		"/f": 15, "/f/e": 14, "/g": 16, "/g/e": 14, "/g/<<": 16,
	} {
		if got := f.Objects()[0].Line(pointer); got != want {
			t.Errorf("%q: line %d, want %d", pointer, got, want)
		}
	}
}

// TestHostile reads what is made to take long. It is about not taking minutes,
// which go test does not wait for, gigabytes or the process down.
func TestHostile(t *testing.T) {
	bomb := head + "a0: &a0 [x]\n"
	merges := head + "m0: &m0 {x: 1}\n"
	for i := 1; i < 40; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
		merges += fmt.Sprintf("m%d: &m%d {<<: [*m%d, *m%d], x%d: 1}\n", i, i, i-1, i-1, i)
	}
	chain := head + "a0: &a0 [x]\n"
	for i := 1; i < 5000; i++ {
		chain += fmt.Sprintf("a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	const size = 1 << 20
	for name, c := range map[string]struct {
		src  string
		fine bool
	}{
		"alias bomb":       {bomb, false},
		"alias chain":      {chain, false},
		"merges":           {merges, true},
		"brackets":         {strings.Repeat("[", size), false},
		"braces":           {strings.Repeat("{a: ", size/4), false},
		"JSON brackets":    {strings.Repeat("[", 9000) + strings.Repeat("]", 9000), false},
		"more brackets":    {strings.Repeat("[", 99000) + strings.Repeat("]", 99000), false},
		"dashes":           {strings.Repeat("- ", size/2), false},
		"one flow line":    {"{apiVersion: v1, kind: A, é: [" + strings.Repeat("é, ", size/4) + "]}", true},
		"one JSON line":    {`{"apiVersion": "v1", "kind": "A", "a": [` + strings.Repeat("1,", size/2) + "1]}", true},
		"many documents":   {strings.Repeat(head+"a: {b: [c]}\n---\n", 20000), true},
		"many comments":    {strings.Repeat("# c\n", size/4) + head, true},
		"many keys":        {head + "a:\n" + manyKeys(100000), true},
		"big block scalar": {head + "a: |\n" + strings.Repeat("  # x\n\n", size/7), true},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f, errs := Parse("f", []byte(c.src))
			runtime.ReadMemStats(&after)
			if took := (after.TotalAlloc - before.TotalAlloc) / uint64(len(c.src)); took > 1000 {
				t.Errorf("for each byte of the source, %d are made", took)
			} else {
				t.Log(took)
			}
			if (len(errs) == 0) != c.fine || (len(f.Objects()) > 0) != c.fine {
				t.Errorf("%d objects, %v", len(f.Objects()), errs)
			}
			for _, o := range f.Objects() {
				if len(o.JSON()) > 40*len(c.src) {
					t.Errorf("%d bytes of JSON", len(o.JSON()))
				}
			}
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  k%d: 1\n", i)
	}
	return b.String()
}
