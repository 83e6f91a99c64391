package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/internal/markdown"
)

// TestWorkflowsRunWhatIsThere: what the hosted CI runs parses, and its targets and files exist.
func TestWorkflowsRunWhatIsThere(t *testing.T) {
	t.Chdir("../..")
	files, err := filepath.Glob(".github/workflows/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct{ Uses, Run string }
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
