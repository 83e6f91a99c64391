package main

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra/doc"

	"github.com/glootrace/glootrace/internal/finding"
)

func TestDocsOfTheRulesAreCurrent(t *testing.T) {
	out, _, code := glootrace(t, "", "rules", "-o", "markdown")
	if code != 0 {
		t.Fatalf("exit code %d", code)
	}
	current(t, "../../docs", map[string][]byte{"rules.md": []byte(out)})
}

func TestDocsOfTheCommandLineAreCurrent(t *testing.T) {
	t.Setenv("POD_NAMESPACE", "") // the default of a flag
	root := rootCommand()
	root.DisableAutoGenTag = true // the day of generation
	dir := t.TempDir()
	if err := doc.GenMarkdownTree(root, dir); err != nil {
		t.Fatal(err)
	}
	want := folder(t, dir)
	current(t, "../../docs/cli", want)
	for _, name := range slices.Sorted(maps.Keys(folder(t, "../../docs/cli"))) {
		if want[name] == nil {
			t.Errorf("docs/cli/%s is about a command that is not there", name)
		}
	}
}

// current holds files to what they should say, or writes them with -update.
func current(t *testing.T, dir string, want map[string][]byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		path := filepath.Join(dir, name)
		if *update {
			if err := os.WriteFile(path, want[name], 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, _ := os.ReadFile(path); !bytes.Equal(got, want[name]) {
			t.Errorf("%s is not current, make docs writes it anew (-is +want):\n%s", path, cmp.Diff(string(got), string(want[name])))
		}
	}
}

func folder(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[name], err = os.ReadFile(filepath.Join(dir, name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestExamplesShowTheirRule(t *testing.T) {
	rules, err := describeRules(finding.Codes())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		if r.Language == "yaml" && len(r.Says) == 0 {
			t.Errorf("lint does not find %s in the example of its page:\n%s", r.Code, r.Example)
		}
	}
}
