package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/internal/markdown"
)

// TestWorkflowsRunWhatIsThere: what the hosted CI runs parses, its targets and files exist, and its Go is the newest of the
// release that go.mod names.
func TestWorkflowsRunWhatIsThere(t *testing.T) {
	t.Chdir("../..")
	files, err := filepath.Glob(".github/workflows/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	// go.mod itself would stand for the first Go that will do, with all that has been mended since.
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	release := string(regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)[1])
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct {
					Uses, Run string
					With      map[string]any
				}
			}
		}
		if err := yaml.Unmarshal(text, &workflow); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for name, job := range workflow.Jobs {
			for _, step := range job.Steps {
				if (step.Uses == "") == (step.Run == "") {
					t.Errorf("%s: a step of %s uses or runs nothing, or both", file, name)
				}
				if strings.HasPrefix(step.Uses, "actions/setup-go@") && (step.With["go-version"] != release || step.With["check-latest"] != true) {
					t.Errorf("%s: %s does not take the newest Go %s", file, name, release)
				}
				for _, words := range simpleCommands(t, file, markdown.Block{Text: step.Run}) {
					words = words[max(0, slices.Index(words, "make")):] // what sudo runs
					if err := exists(t, words); err != nil {
						t.Errorf("%s: %v", file, err)
					}
					if _, err := os.Stat(words[0]); filepath.Dir(words[0]) != "." && err != nil {
						t.Errorf("%s: %v", file, err)
					}
				}
			}
		}
	}
}
