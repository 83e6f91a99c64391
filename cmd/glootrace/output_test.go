package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glootrace/glootrace/internal/policy"
)

// TestLintOutputs holds each format of one report to its golden file.
func TestLintOutputs(t *testing.T) {
	before := version
	version = "1.2.3"
	t.Cleanup(func() { version = before })
	for _, o := range lintOutputs {
		t.Run(o.name, func(t *testing.T) {
			out, stderr, code := glootrace(t, "", "lint", "-f", "testdata/manifests", "-f", "not-there.yaml", "-o", o.name)
			golden(t, "lint."+o.name, out)
			if code != exitFailed || stderr != "error: reading manifests: stat not-there.yaml: no such file or directory\n"+
				"error: testdata/manifests/half, broken.yaml:7: did not find expected ',' or ']'\n" {
				t.Errorf("exit code %d: %s", code, stderr)
			}
		})
	}
}

func TestTextInColour(t *testing.T) {
	in := files{names: []string{"testdata/manifests"}, namespace: "default"}
	read, manifests, _ := in.read(lintCommand())
	report := lint(t.Context(), read, manifests, policy.Default(), surroundings{})
	var out bytes.Buffer
	if err := writeText(&out, report, true); err != nil {
		t.Fatal(err)
	}
	golden(t, "lint.colour.text", out.String())
}

func TestExitCodesDoNotDependOnTheFormat(t *testing.T) {
	for _, o := range lintOutputs {
		for _, c := range []struct {
			file, failOn string
			want         int
		}{
			{"gateway.yaml", "error", exitFindings}, {"gateway.yaml", "none", 0},
			{"routes.yaml", "error", 0}, {"routes.yaml", "warning", exitFindings},
			{"half, broken.yaml", "none", exitFailed}, {"not-there.yaml", "none", exitFailed},
		} {
			if _, _, code := glootrace(t, "", "lint", "-f", "testdata/manifests/"+c.file, "-o", o.name, "--fail-on", c.failOn); code != c.want {
				t.Errorf("-o %s -f %s --fail-on %s: exit code %d, want %d", o.name, c.file, c.failOn, code, c.want)
			}
		}
	}
}

func TestGitHubCommandsCannotBeBrokenOut(t *testing.T) {
	var b strings.Builder
	annotate(&b, "error", "a,b:c\n::warning::\x1bx%.yaml", 3, "t: 1,\r2", "one\ntwo\r::error::100%")
	want := "::error file=a%2Cb%3Ac%0A%3A%3Awarning%3A%3A?x%25.yaml,line=3,title=t%3A 1%2C%0D2::one%0Atwo%0D::error::100%25\n"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
}

// TestStandardInputIsNoFileToAnnotate: the place is in the text instead.
func TestStandardInputIsNoFileToAnnotate(t *testing.T) {
	for stdin, want := range map[string]string{
		"apiVersion: gateway.solo.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: []\n": "::error title=GT001 ",
		"{a: [\n": "::error title=glootrace could not look at this::stdin:1: did not find",
	} {
		out, _, _ := glootrace(t, stdin, "lint", "-f", "-", "-o", "github")
		if !strings.HasPrefix(out, want) || !strings.Contains(out, "::stdin:") {
			t.Errorf("want %q…, got %s", want, out)
		}
	}
}

// golden holds out to a file of testdata, or writes it with -update.
func golden(t *testing.T, name, out string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out); diff != "" {
		t.Errorf("%s (-golden +got):\n%s", path, diff)
	}
}
