package chart

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/test/env"
)

// chartCase is a folder of testdata. A line "# helm: …" in its values are further arguments of helm.
type chartCase struct {
	name   string
	values string // the file
	args   []string
}

// cases are all of testdata, default first.
func cases(t testing.TB) []chartCase {
	t.Helper()
	files, err := filepath.Glob("testdata/*/values.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var all []chartCase
	for _, file := range files {
		c := chartCase{name: filepath.Base(filepath.Dir(file)), values: file}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if args, ok := strings.CutPrefix(line, "# helm: "); ok {
				c.args = append(c.args, strings.Fields(args)...)
			}
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b chartCase) int {
		return strings.Compare(strings.TrimPrefix(a.name, "default"), strings.TrimPrefix(b.name, "default"))
	})
	return all
}

// render is what `helm template` makes of a case, document by document.
func render(t testing.TB, h *env.Helm, c chartCase) []string {
	t.Helper()
	args := append([]string{"template", release, chartDir, "--namespace", namespace, "--kube-version", "1.34.0", "--values", c.values}, c.args...)
	out, err := h.Run(t.Context(), "", "", args...)
	if err != nil {
		t.Fatal(err)
	}
	return documents(out)
}

// documents splits what helm prints, which begins each document with the same line. They are sorted by template and name,
// since Helm 3 and 4 do not agree on an order.
func documents(printed string) []string {
	all := strings.Split("\n"+printed, "\n---\n")[1:]
	for i, d := range all {
		all[i] = strings.TrimRight(d, " \n") + "\n"
	}
	slices.SortFunc(all, func(a, b string) int {
		template := func(d string) string { return d[:strings.Index(d, "\n")] }
		return cmp.Or(strings.Compare(template(a), template(b)), strings.Compare(identity(a), identity(b)))
	})
	return all
}
