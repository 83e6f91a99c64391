package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/testcase"
)

var update = flag.Bool("update", false, "write the golden files of ../../testdata from what inject prints")

func TestLintSaysWhatTheCasesSay(t *testing.T) {
	testcase.Run(t, "../../testdata", func(t *testing.T, c testcase.Case) {
		out, _, code := glootrace(t, "", flagsOf(t, c, "lint", "-o", "json")...)
		var report lintReport
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		var want, got []string
		wantCode := 0
		notes := map[string]bool{}
		for _, o := range c.Objects {
			for _, n := range o.Notes {
				notes[o.String()+" "+n] = true
				want = append(want, o.String()+" "+n)
			}
			for _, w := range o.Want {
				want = append(want, o.String()+" "+w)
				if strings.HasPrefix(w, "error ") {
					wantCode = exitFindings
				}
			}
		}
		for _, f := range report.Findings {
			line := strings.TrimSpace(f.Rule + " " + f.Path)
			name := gloo.Object{Kind: gloo.Kind(f.Object.Kind), Namespace: f.Object.Namespace, Name: f.Object.Name}.String()
			if !notes[name+" "+line] {
				line = f.Severity.String() + " " + line
			}
			got = append(got, name+" "+line)
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
		if code != wantCode {
			t.Errorf("exit code %d, want %d", code, wantCode)
		}
	})
}

func TestInjectPrintsTheGoldenFiles(t *testing.T) {
	testcase.Run(t, "../../testdata", func(t *testing.T, c testcase.Case) {
		out, stderr, code := glootrace(t, "", flagsOf(t, c, "inject")...)
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		if *update {
			writeGolden(t, c, out)
			return
		}
		if diff := cmp.Diff(string(c.Golden), out); diff != "" {
			t.Errorf("injected (-golden +got):\n%s", diff)
		}
		notes := strings.Count(stderr, "\n") - strings.Count(stderr, ": no otel-agent added: ") - strings.Count(stderr, " says nothing to glootrace, and is ignored")
		for _, o := range c.Objects {
			notes -= len(o.Notes)
			for _, note := range o.Notes {
				if !strings.Contains(stderr, ": "+o.String()+": "+note) {
					t.Errorf("standard error does not say %q of %s:\n%s", note, o, stderr)
				}
			}
		}
		if notes != 0 {
			t.Errorf("%d lines too many on standard error:\n%s", notes, stderr)
		}
	})
}

func writeGolden(t *testing.T, c testcase.Case, out string) {
	t.Helper()
	src, err := os.ReadFile(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	golden := strings.TrimSuffix(c.Path, ".in.yaml") + ".golden.yaml"
	if out == string(src) {
		_ = os.Remove(golden)
		return
	}
	if err := os.WriteFile(golden, []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
}

func flagsOf(t *testing.T, c testcase.Case, args ...string) []string {
	t.Helper()
	args = append(args, "-f", c.Path)
	if c.Complete {
		args = append(args, "--complete")
	}
	if c.PolicySource != "" {
		file := filepath.Join(t.TempDir(), "policy.yaml")
		if err := os.WriteFile(file, []byte(c.PolicySource), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--policy", file)
	}
	return args
}

// glootrace runs the command line.
func glootrace(t testing.TB, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"glootrace"}, args...), strings.NewReader(stdin), &out, &errs)
	return out.String(), errs.String(), code
}
