package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDiffsArePatches: each diff says exactly what changes where, and git and patch take it.
func TestDiffsArePatches(t *testing.T) {
	files := manifestsOfAllSorts(t)
	t.Chdir(t.TempDir())
	for _, command := range []string{"inject", "uninject"} {
		var patch strings.Builder
		after := map[string]string{}
		for name, before := range files {
			write(t, name, before)
			diff, _, _ := glootrace(t, "", command, "-f", name, "-o", "diff")
			whole, _, _ := glootrace(t, "", command, "-f", name)
			got, err := applied(before, diff)
			if d := cmp.Diff(whole, got); d != "" || err != nil {
				t.Errorf("%s of %s (-whole +diff applied):\n%s%v\n%s", command, name, d, err, diff)
			}
			patch.WriteString(diff)
			after[name] = whole
		}
		for tool, args := range map[string][]string{"git": {"apply", "-"}, "patch": {"-p1", "-s", "--binary"}} {
			if _, err := exec.LookPath(tool); err != nil {
				t.Logf("there is no %s here: %v", tool, err)
				continue
			}
			for name, before := range files {
				write(t, name, before)
			}
			c := exec.CommandContext(t.Context(), tool, args...)
			c.Stdin = strings.NewReader(patch.String())
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", command, err, out)
				continue
			}
			for name, want := range after {
				if got, err := os.ReadFile(name); err != nil || string(got) != want {
					t.Errorf("%s makes of %s, %v\n%s", c, name, err, got)
				}
			}
		}
		files = after
	}
}

// manifestsOfAllSorts are all test cases, and one of them under other names and otherwise written.
func manifestsOfAllSorts(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/*/*.in.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no test cases: ", err)
	}
	files := map[string]string{}
	for _, p := range paths {
		src, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel("../../testdata", p)
		files[name] = string(src)
	}
	src := files["spanname/entries.in.yaml"]
	files["with blanks/in it.yaml"] = src
	files["a \"quote\"\tand \\.yaml"] = src
	files["windows.yaml"] = strings.ReplaceAll(src, "\n", "\r\n")
	files["unfinished.yaml"] = strings.TrimSuffix(src, "\n")
	return files
}

func write(t *testing.T, name, src string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
}

// applied is the text with a diff of one file applied, which has to be right about each line and number.
func applied(text, diff string) (string, error) {
	old := strings.SplitAfter(text, "\n")
	var done []string
	at := 1 // the line of text that is first in old
	lines := strings.SplitAfter(strings.ReplaceAll(diff, "\n\\ No newline at end of file\n", ""), "\n")
	for i := 2; i < len(lines) && lines[i] != ""; {
		from, lost, to, got := 0, 1, 0, 1
		for field, n := range map[string][2]*int{"-": {&from, &lost}, "+": {&to, &got}} {
			_, rest, _ := strings.Cut(lines[i], " "+field)
			if k, _ := fmt.Sscanf(rest, "%d,%d", n[0], n[1]); k == 0 {
				return "", fmt.Errorf("no header: %q", lines[i])
			}
		}
		for ; len(old) > 0 && at < from; at++ {
			done, old = append(done, old[0]), old[1:]
		}
		if to != len(done)+1 {
			return "", fmt.Errorf("%q where line %d begins", lines[i], len(done)+1)
		}
		for i++; i < len(lines) && lines[i] != "" && lines[i][0] != '@'; i++ {
			kind, line := lines[i][0], lines[i][1:]
			if kind != '+' {
				if len(old) == 0 || old[0] != line {
					return "", fmt.Errorf("no line %q", line)
				}
				old = old[1:]
				at++
				lost--
			}
			if kind != '-' {
				done = append(done, line)
				got--
			}
		}
		if lost != 0 || got != 0 {
			return "", fmt.Errorf("%d and %d lines too few before line %d of the diff", lost, got, i)
		}
	}
	return strings.Join(append(done, old...), ""), nil
}
