package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository is one with sources of version 1.2.3 in a single commit.
func repository(t *testing.T) (dir string, git func(args ...string)) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "with space")
	git = func(args ...string) {
		t.Helper()
		args = append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)
		if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	write(t, dir, "charts/glootrace/Chart.yaml", "name: glootrace\nversion: 1.2.3\n")
	write(t, dir, "CHANGELOG.md", "# Changes\n\n## 1.2.3\n\n## 1.2.2\n")
	git("init", "-q")
	git("add", ".")
	git("commit", "-q", "-m", "first")
	return dir, git
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReleaseIsMadeOfTheSourcesOfItsVersion(t *testing.T) {
	for _, c := range []struct {
		name, version string
		change        func(dir string, git func(...string))
		says          string // "" if it is ready
	}{
		{"no tag yet", "v1.2.3", nil, ""},
		{"a candidate", "v1.2.3-rc.1", nil, ""},
		{"its tag", "v1.2.3", func(_ string, git func(...string)) { git("tag", "v1.2.3") }, ""},
		{"its tag with a text", "v1.2.3", func(_ string, git func(...string)) { git("tag", "-m", "v1.2.3", "v1.2.3") }, ""},
		{"a tag of before", "v1.2.3", func(_ string, git func(...string)) {
			git("tag", "v1.2.3")
			git("commit", "-q", "--allow-empty", "-m", "more")
		}, "the tag v1.2.3 is not of this commit"},
		{"a change", "v1.2.3", func(dir string, _ func(...string)) { write(t, dir, "CHANGELOG.md", "## 1.2.3\n") }, "git status"},
		{"a new file", "v1.2.3", func(dir string, _ func(...string)) { write(t, dir, "new.go", "") }, "git status"},
		{"another version", "v1.2.4", nil, "Chart.yaml is of version 1.2.3, not 1.2.4"},
		{"a version that the changes lack", "v1.2.4", func(dir string, git func(...string)) {
			write(t, dir, "charts/glootrace/Chart.yaml", "version: 1.2.4\n")
			git("commit", "-q", "-a", "-m", "more")
		}, "CHANGELOG.md is of version 1.2.3, not 1.2.4"},
		{"no repository", "v1.2.3", func(dir string, _ func(...string)) { os.RemoveAll(filepath.Join(dir, ".git")) }, "a release is made of a commit"},
		{"a repository that Git refuses", "v1.2.3", func(dir string, _ func(...string)) { write(t, dir, ".git/config", "[") }, "bad config"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, git := repository(t)
			if c.change != nil {
				c.change(dir, git)
			}
			r, err := parse([]string{"-source", dir, "-version", c.version})
			if err != nil {
				t.Fatal(err)
			}
			err = r.ready(t.Context())
			if c.says == "" && (err != nil || len(r.Revision) != 40 || r.Created.Year() < 2020) {
				t.Errorf("revision %q of %s, %v", r.Revision, r.Created, err)
			}
			if c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}
