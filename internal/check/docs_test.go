package check

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEachCheckIsExplained(t *testing.T) {
	page, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var sections, names []string
	for _, m := range regexp.MustCompile(`(?m)^## (\S+)$`).FindAllStringSubmatch(string(page), -1) {
		sections = append(sections, m[1])
	}
	for _, g := range Groups {
		for _, c := range g.Checks {
			names = append(names, c.Name)
			if c.Fix == "" || c.Title == "" || len(c.inputs) == 0 {
				t.Errorf("%s: has to have a title, a fix and inputs", c.Name)
			}
		}
	}
	if !slices.Equal(sections, names) {
		t.Errorf("docs/troubleshooting.md has sections\n%s\nand there are checks\n%s", strings.Join(sections, "\n"), strings.Join(names, "\n"))
	}
}
