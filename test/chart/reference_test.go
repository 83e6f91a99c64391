package chart

import (
	"os"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-udiff"
	"sigs.k8s.io/yaml"
)

func readValues(t testing.TB) []value {
	t.Helper()
	data, err := os.ReadFile(chartDir + "/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, err := values(data)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDocsListAllValues(t *testing.T) {
	const page = "../../docs/values.md"
	got := reference(readValues(t))
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := udiff.Unified(page, "values.yaml", string(want), got); diff != "" {
		t.Errorf("make docs writes it.\n%s", diff)
	}
}

// A value that no case sets is a value that no test has seen doing anything.
func TestEveryValueIsSetInSomeCase(t *testing.T) {
	set := map[string]bool{}
	for _, c := range cases(t) {
		files := []string{c.values}
		for i, arg := range c.args {
			if arg == "--values" {
				files = append(files, c.args[i+1])
			}
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var values map[string]any
			if err := yaml.UnmarshalStrict(data, &values); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			mark(set, "", values)
		}
	}
	for _, v := range readValues(t) {
		if v.initial != "" && !set[v.path] {
			t.Errorf("%s is set in no case of testdata", v.path)
		}
	}
}

// mark notes all paths of values.
func mark(set map[string]bool, path string, values map[string]any) {
	for key, v := range values {
		set[path+key] = true
		if m, ok := v.(map[string]any); ok {
			mark(set, path+key+".", m)
		}
	}
}

func TestCommentIsWithoutItsExample(t *testing.T) {
	got := comment("# Exporters beside Zipkin. For example:\n#   vendor:\n#     protocol: http\n")
	if got != "Exporters beside Zipkin." {
		t.Errorf("got %q", got)
	}
	if all, err := values([]byte("# About a.\na:\n  # About b.\n  b: [1,\n    2] # not this\n  c: {}\n")); err != nil || len(all) != 3 ||
		all[0] != (value{"a", "About a.", ""}) || all[1] != (value{"a.b", "About b.", "[1, 2]"}) || all[2] != (value{"a.c", "", "{}"}) {
		t.Errorf("got %q, %v", all, err)
	}
	if strings.Contains(reference([]value{{"a", "one|two", "x"}}), "one|two") {
		t.Error("a bar in a cell is not escaped")
	}
}
