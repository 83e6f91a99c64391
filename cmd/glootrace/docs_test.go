package main

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

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
}

func TestDocsOfTheManualAreCurrent(t *testing.T) {
	t.Setenv("POD_NAMESPACE", "") // the default of a flag
	root := rootCommand()
	root.DisableAutoGenTag = true
	dir := t.TempDir()
	if err := doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "glootrace", Manual: "glootrace", Date: new(time.Time)}, dir); err != nil {
		t.Fatal(err)
	}
	want := folder(t, dir)
	for name, page := range want {
		want[name] = bytes.Replace(page, []byte(`"Jan 0001"`), []byte(`""`), 1) // no date: it would change what is released
	}
	current(t, "../../docs/man", want)
}

// TestNoPageIsAboutACommandThatIsNotThere: what a command leaves behind when it goes.
func TestNoPageIsAboutACommandThatIsNotThere(t *testing.T) {
	known := map[string]bool{}
	for _, c := range commands() {
		name := strings.ReplaceAll(c.CommandPath(), " ", "_")
		known[name+".md"], known[strings.ReplaceAll(name, "_", "-")+".1"] = true, true
	}
	for _, dir := range []string{"../../docs/cli", "../../docs/man"} {
		for name := range folder(t, dir) {
			if !known[name] {
				t.Errorf("%s/%s is about a command that is not there", dir, name)
			}
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

// TestSecurityPageNamesTestsThatAreThere holds each claim of docs/security.md to a test.
func TestSecurityPageNamesTestsThatAreThere(t *testing.T) {
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	var sources bytes.Buffer
	err = filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		sources.Write(source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	claims := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || !strings.Contains(cells[2], "`Test") {
			continue
		}
		claims++
		for _, name := range regexp.MustCompile(`[A-Z]\w+`).FindAllString(cells[2], -1) {
			if !strings.Contains(sources.String(), "\nfunc "+name+"(") {
				t.Errorf("there is no %s, for:%s", name, cells[1])
			}
		}
	}
	if claims < 20 {
		t.Errorf("only %d claims with a test", claims)
	}
}
