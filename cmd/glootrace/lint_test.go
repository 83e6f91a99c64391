package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/finding"
)

// many is a file with n documents: some Gateways, an Upstream for each, and
// VirtualServices with routes.
func many(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		switch i % 100 {
		case 0:
			fmt.Fprintf(&b, `---
apiVersion: gloo.solo.io/v1
kind: Upstream
metadata: {name: collector-%d, namespace: gloo-system}
spec:
  useHttp2: true
  static:
    hosts: [{addr: otel-collector.gloo-system.svc.cluster.local, port: 4317}]
`, i)
		case 1:
			fmt.Fprintf(&b, `---
apiVersion: gateway.solo.io/v1
kind: Gateway
metadata: {name: gateway-%d, namespace: gloo-system}
spec:
  bindPort: 8080
  httpGateway:
    options:
      httpConnectionManagerSettings:
        tracing:
          openTelemetryConfig:
            collectorUpstreamRef: {namespace: gloo-system, name: collector-%d}
`, i, i-1)
		default:
			fmt.Fprintf(&b, `---
apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: host-%d, namespace: gloo-system}
spec:
  virtualHost:
    domains: [host-%d.example.com]
    routes:
`, i, i)
			for j := range 5 {
				fmt.Fprintf(&b, `    - matchers: [{prefix: /api/%d}]
      routeAction: {single: {upstream: {namespace: gloo-system, name: api-%d}}}
      options:
        tracing: {routeDescriptor: api-%d, propagate: false}
`, j, j, j)
			}
		}
	}
	return b.Bytes()
}

// BenchmarkLint lints 10,000 documents, in one file and in one file each. On two
// cores either should take less than 5 s.
func BenchmarkLint(b *testing.B) {
	const n = 10_000
	one, each := filepath.Join(b.TempDir(), "one.yaml"), b.TempDir()
	write := func(name string, src []byte) {
		if err := os.WriteFile(name, src, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	src := many(n)
	write(one, src)
	for i, document := range strings.SplitAfter(strings.TrimPrefix(string(src), "---\n"), "---\n") {
		write(filepath.Join(each, fmt.Sprintf("%d.yaml", i)), []byte(document))
	}
	for name, path := range map[string]string{"one file": one, "many files": each} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				out, stderr, code := glootrace(b, "", "lint", "-f", path, "--complete")
				if code != 0 {
					b.Fatalf("exit code %d: %s", code, stderr)
				}
				if want := fmt.Sprintf("0 errors, %d warnings in %d documents", n/100*98*5, n); !strings.Contains(out, want) {
					b.Fatalf("lint does not say %q", want)
				}
			}
		})
	}
}

func TestLintSaysWhatItPassedOver(t *testing.T) {
	for _, c := range []struct {
		stdin, note, summary string
		code                 int
	}{
		{"replicas: 1\n", "note: stdin:1 is no Kubernetes object, which has apiVersion and kind: passed over\n", "0 errors, 0 warnings in 1 document\n", 0},
		{"# helm\n---\na: 1\n---\n- 1\n---\napiVersion: v1\nkind: ConfigMap\n", "note: stdin:3 and 1 more document are no Kubernetes objects, which have apiVersion and kind: passed over\n", "0 errors, 0 warnings in 3 documents\n", 0},
		{"apiversion: gateway.solo.io/v1\nkind: Gateway\nmetadata: {name: g}\n", "error: stdin:1: kind \"Gateway\" without apiVersion: the API server knows no such object\n", "0 errors, 0 warnings in 1 document; not all could be read\n", exitFailed},
		{`[{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{"name":"g"},"spec":[]}]`, "", "1 error, 0 warnings in 1 document", exitFindings},
		{"# nothing\n", "", "0 errors, 0 warnings in 1 document\n", 0},
	} {
		out, stderr, code := glootrace(t, c.stdin, "lint", "-f", "-")
		if stderr != c.note || !strings.Contains(out, c.summary) || code != c.code {
			t.Errorf("%q: exit code %d, says %q and\n%s", c.stdin, code, stderr, out)
		}
	}
}

// TestNothingIsNoSuccess: helm template … | glootrace lint -f - is not green where helm failed.
func TestNothingIsNoSuccess(t *testing.T) {
	dir := t.TempDir()
	for name, src := range map[string]string{"empty.yaml": "", "some.yaml": "a: 1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	empty := filepath.Join(dir, "empty.yaml")
	for _, command := range []string{"lint", "inject", "uninject"} {
		for _, c := range []struct{ stdin, file, want string }{
			{"", "-", "error: reading manifests: standard input is empty: did the command before it fail?\n"},
			{"\ufeff \n\n", "-", "error: reading manifests: standard input is empty: did the command before it fail?\n"},
			{"", empty, "error: reading manifests: read " + empty + ": the file is empty\n"},
			{"# all is off\n", "-", ""},
			{"", dir, ""},
		} {
			_, stderr, code := glootrace(t, c.stdin, command, "-f", c.file)
			if (code == exitFailed) != (c.want != "") || c.want != "" && stderr != c.want {
				t.Errorf("%s -f %s of %q: exit code %d: %s", command, c.file, c.stdin, code, stderr)
			}
		}
	}
}

func TestDirectoriesThatHoldNothingSayWhereThereIsSomething(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700); err != nil {
		t.Fatal(err)
	}
	lints := func(want string, flags ...string) {
		t.Helper()
		_, stderr, code := glootrace(t, "", append([]string{"lint", "-f", dir}, flags...)...)
		if code != exitFailed || stderr != "error: reading manifests: no .yaml, .yml or .json file in "+dir+want+"\n" {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	}
	lints("")
	lints("", "-R")
	below := filepath.Join(dir, "a", "b", "c.yaml")
	if err := os.WriteFile(below, []byte("a: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lints(" itself; -R reads those below it too, such as " + below)
}

func TestLintNamesTheWorstRulesFirst(t *testing.T) {
	var found []lintFinding
	for _, code := range []string{"GT304", "GT301", "GT103", "GT301", "GT102", "GT101"} {
		severity := finding.Warning
		if code == "GT103" || code == "GT102" {
			severity = finding.Error
		}
		found = append(found, lintFinding{Rule: code, Severity: severity})
	}
	if got := strings.Join(worstCodes(found), " "); got != "GT103 GT102 GT304" {
		t.Errorf("worst are %s", got)
	}
}

func TestLintRefusesWhatContradictsItself(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--complete", "--cluster", "-f", "-"}, "--cluster and --complete contradict each other: leave one out"},
		{[]string{"--explain", "GT301", "-f", "-"}, "--explain and --filename contradict each other: leave one out"},
		{nil, "nothing to read"},
		{[]string{"--explain", "GT999"}, "there is no rule GT999"},
		{[]string{"--explain", "GT301", "-o", "sarif"}, "-o sarif: lint --explain prints text, markdown, json or yaml"},
		{[]string{"-f", "-", "-o", "toml"}, "-o toml: lint prints text, json, yaml, sarif, junit or github"},
		{[]string{"-f", "-", "--fail-on", "info"}, "--fail-on info: it takes error, warning or none"},
	} {
		if _, stderr, code := glootrace(t, "", append([]string{"lint"}, c.args...)...); code != exitFailed || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit code %d: %s", c.args, code, stderr)
		}
	}
}

func TestARuleIsExplainedToPrograms(t *testing.T) {
	explained, _, code := glootrace(t, "", "lint", "--explain", "GT301", "-o", "json")
	if same, _, _ := glootrace(t, "", "rules", "GT301", "-o", "json"); code != 0 || explained != same {
		t.Errorf("exit code %d: %s", code, explained)
	}
}

func TestFilesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	good := "apiVersion: gateway.solo.io/v1\r\nkind: Gateway\r\nmetadata:\r\n  name: g\r\nspec: []\r\n"
	write := func(name, src string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a\n::error::\x1b[31m.yaml", good)
	write("binary.yaml", "\x7fELF\x00\x01")
	write("not-looked-at.bin", "\x00")
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	link(".", "cycle")
	link("loop.yaml", "loop.yaml")
	if err := exec.CommandContext(t.Context(), "mkfifo", filepath.Join(dir, "pipe.yaml")).Run(); err != nil {
		t.Skip("no pipe to be had: ", err)
	}
	for _, o := range lintOutputs {
		out, stderr, code := glootrace(t, "", "lint", "-f", dir, "-R", "-f", dir+"/", "-o", o.name)
		if code != exitFailed || strings.Count(stderr, "\n") != 2 || !strings.Contains(stderr, "binary.yaml:1: a binary file, no YAML or JSON\n") {
			t.Errorf("-o %s: exit code %d: %s", o.name, code, stderr)
		}
		if !strings.Contains(stderr, "loop.yaml") {
			t.Errorf("-o %s does not tell of the loop: %s", o.name, stderr)
		}
		if strings.Count(out, "GT001") == 0 || strings.Contains(out, "\x1b") || strings.Contains(out, "\n::error::") {
			t.Errorf("-o %s:\n%s", o.name, out)
		}
	}
	out, _, _ := glootrace(t, "", "lint", "-f", dir)
	if !strings.Contains(out, "1 error, 0 warnings") || !strings.Contains(out, ".yaml:5  error  GT001") {
		t.Errorf("lint says\n%s", out)
	}
}
