package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/testcase"
)

// Each case, written in several ways.
func TestUninjectIsTheInverseOfInject(t *testing.T) {
	undone := map[string]int{}
	testcase.Run(t, "../../testdata", func(t *testing.T, c testcase.Case) {
		src, err := os.ReadFile(c.Path)
		if err != nil {
			t.Fatal(err)
		}
		forms := map[string]string{
			"as it is":      string(src),
			"CR LF":         strings.ReplaceAll(string(src), "\n", "\r\n"),
			"no line break": strings.TrimRight(string(src), "\n"),
			"remarks":       strings.ReplaceAll(string(src), "\n", " # remark\n"),
			"plain":         "", "JSON": "", "JSON in one line": "", "a List": "",
		}
		var list []any
		for _, o := range c.Objects {
			generic := testcase.Generic(t, o.Raw())
			list = append(list, generic)
			plain, err := yaml.Marshal(generic)
			if err != nil {
				t.Fatal(err)
			}
			indented, _ := json.MarshalIndent(generic, "", "    ")
			line, _ := json.Marshal(generic)
			forms["plain"] += "---\n" + string(plain)
			forms["JSON"] += string(indented) + "\n"
			forms["JSON in one line"] += string(line) + "\n"
		}
		whole, err := yaml.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": list})
		if err != nil {
			t.Fatal(err)
		}
		forms["a List"] = string(whole)
		for name, form := range forms {
			if _, errs := document.Parse(name, []byte(form)); len(errs) > 0 {
				continue // a remark where none can be
			}
			flags := flagsOf(t, c, "inject")
			for i, flag := range flags {
				if flag == c.Path {
					flags[i] = "-"
				}
			}
			injected, stderr, code := glootrace(t, form, flags...)
			if code != 0 {
				t.Logf("%s: %s", name, stderr) // what could not be added to is left as it is
			}
			out, stderr, code := glootrace(t, injected, "uninject", "-f", "-")
			if code != 0 || stderr != "" {
				t.Errorf("%s: exit code %d: %s", name, code, stderr)
			}
			if injected != form {
				undone[name]++
			}
			if out != form {
				t.Errorf("%s (-want +got):\n%s\ninjected:\n%s", name, cmp.Diff(form, out), injected)
			}
		}
	})
	for _, form := range []string{"as it is", "CR LF", "no line break", "plain", "JSON", "JSON in one line", "a List"} {
		if undone[form] < 30 {
			t.Errorf("%s: only %d cases had something to take out", form, undone[form])
		}
	}
}

const toInject = `# mine
apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: a, annotations:  {  } } # mine
spec:
  virtualHost:
    domains: ['*'] # mine
    options: ~ # mine

    # mine
    routes:
      - matchers: [prefix: /]
        options: {stagedTransformations: {regular: {requestTransforms: [requestTransformation: {transformationTemplate: {}},]}}}
`

func TestUninjectTakesOutOnlyWhatIsOurs(t *testing.T) {
	injected, stderr, code := glootrace(t, toInject, "inject", "-f", "-")
	if code != 0 {
		t.Fatal(stderr)
	}
	for name, c := range map[string]struct{ old, new, wantOld, wantNew, left string }{
		"nothing edited": {},
		"an item before": {"    routes:\n", "    routes:\n      - {}\n", "    routes:\n", "    routes:\n      - {}\n", ""},
		"an addition edited": {"requestTransforms:\n", "requestTransforms:\n            - {}\n", "options: ~ # mine\n",
			"options: # mine\n      stagedTransformations:\n        regular:\n          requestTransforms:\n            - {}\n            - requestTransformation:\n", "/spec/virtualHost/options"},
		"a field beside": {"options: # mine\n", "options: # mine\n      cors: {}\n", "options: ~ # mine\n", "options: # mine\n      cors: {}\n", ""},
	} {
		edited := strings.Replace(injected, c.old, c.new, 1)
		if name != "nothing edited" && edited == injected {
			t.Fatalf("%s: no %q in\n%s", name, c.old, injected)
		}
		out, stderr, code := glootrace(t, edited, "uninject", "-f", "-")
		want := strings.Replace(toInject, c.wantOld, c.wantNew, 1)
		if c.left == "" && out != want || c.left != "" && !strings.Contains(out, c.wantNew) {
			t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(want, out))
		}
		if code != 0 || (stderr == "") != (c.left == "") || !strings.Contains(stderr, c.left) || strings.Contains(out, "glootrace.dev/added") != (c.left != "") {
			t.Errorf("%s: exit code %d: %s%s", name, code, stderr, out)
		}
	}
}

// What is left stays recorded, and nothing else: until it is gone, or the record is.
func TestUninjectKeepsTheRecordOfWhatItLeaves(t *testing.T) {
	forms := map[string]func(string) string{
		"YAML":  func(s string) string { return s },
		"CR LF": func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"JSON": func(s string) string {
			raw, err := yaml.YAMLToJSON([]byte(s))
			if err != nil {
				t.Fatal(err)
			}
			var spaced bytes.Buffer
			if err := json.Indent(&spaced, raw, "", "  "); err != nil {
				t.Fatal(err)
			}
			return spaced.String()
		},
	}
	for name, form := range forms {
		first, _, _ := glootrace(t, form(toInject), "inject", "-f", "-")
		edited := strings.Replace(first, "header(", "request_header(", 1)
		out, said, code := glootrace(t, edited, "uninject", "-f", "-")
		if code != 0 || strings.Count(said, "was added by glootrace") != 1 || strings.Count(out, "header(") != 1 || !strings.Contains(out, "glootrace.dev/added") {
			t.Fatalf("%s: exit code %d: %s%s", name, code, said, out)
		}
		again, saidAgain, code := glootrace(t, out, "uninject", "-f", "-")
		if code != 0 || again != out || saidAgain != said {
			t.Errorf("%s: a second time: exit code %d: %s%s", name, code, saidAgain, cmp.Diff(out, again))
		}
		// By hand what is left becomes again what it was, or goes.
		if back, said, _ := glootrace(t, strings.Replace(out, "request_header(", "header(", 1), "uninject", "-f", "-"); back != form(toInject) || said != "" {
			t.Errorf("%s: edited back: %s%s", name, said, cmp.Diff(form(toInject), back))
		}
		var object obj
		if err := yaml.Unmarshal([]byte(out), &object); err != nil {
			t.Fatal(err)
		}
		delete(object["spec"].(obj)["virtualHost"].(obj), "options")
		removed, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		if gone, said, _ := glootrace(t, string(removed), "uninject", "-f", "-"); said != "" || strings.Contains(gone, "glootrace.dev/added") {
			t.Errorf("%s: removed by hand: %s%s", name, said, gone)
		}
	}
}

type obj = map[string]any

// An entry that was added behind the user's own and is removed by hand is gone.
func TestUninjectForgetsAnEntryThatWasRemoved(t *testing.T) {
	const mine = `apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: a}
spec:
  virtualHost:
    domains: [a]
    options:
      stagedTransformations:
        regular:
          requestTransforms:
          - matcher: {prefix: /api}
            requestTransformation: {transformationTemplate: {passthrough: {}}}
    routes: []
`
	injected, _, _ := glootrace(t, mine, "inject", "-f", "-")
	begin, end := strings.Index(injected, "          - requestTransformation:"), strings.Index(injected, "    routes:")
	if begin < 0 {
		t.Fatal(injected)
	}
	removed := injected[:begin] + injected[end:]
	if out, said, code := glootrace(t, removed, "uninject", "-f", "-"); code != 0 || said != "" || out != mine {
		t.Errorf("exit code %d: %s%s", code, said, cmp.Diff(mine, out))
	}
	edited := strings.Replace(injected, `          - requestTransformation:`, "          - matcher: {exact: /}\n            requestTransformation:", 1)
	if out, said, _ := glootrace(t, edited, "uninject", "-f", "-"); !strings.Contains(said, "/requestTransforms/-") || !strings.Contains(out, "exact: /") {
		t.Errorf("%s%s", said, out)
	}
}

func TestUninjectFailsOnARecordThatItCanNotRead(t *testing.T) {
	for record, why := range map[string]string{"''": "not a record of version v1", "v2 x": "not a record of version v1", "v1 - x": ""} {
		src := strings.Replace(toInject, "{  }", "{glootrace.dev/added: "+record+"}", 1)
		out, stderr, code := glootrace(t, src, "uninject", "-f", "-")
		if code != 2 || out != src || !strings.HasPrefix(stderr, "error: VirtualService default/a: stdin:4: left as it is: annotation glootrace.dev/added: "+why) {
			t.Errorf("%s: exit code %d, said %q, printed\n%s", record, code, stderr, out)
		}
	}
}

// Injected with one Policy, and then with another.
func TestInjectFollowsThePolicy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(file, []byte("apiVersion: glootrace.dev/v1alpha1\nkind: Policy\nspanName: {template: '{{ header(\":method\") }}'}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first, _, _ := glootrace(t, toInject, "inject", "-f", "-")
	second, stderr, code := glootrace(t, first, "inject", "-f", "-", "--policy", file)
	want, _, _ := glootrace(t, toInject, "inject", "-f", "-", "--policy", file)
	record := regexp.MustCompile(`glootrace.dev/added: '?v1 [^'}]*'?`)
	if got, want := record.ReplaceAllString(second, ""), record.ReplaceAllString(want, ""); code != 0 || got != want || first == second {
		t.Errorf("exit code %d: %s(-want +got):\n%s", code, stderr, cmp.Diff(want, got))
	}
	if out, stderr, _ := glootrace(t, second, "uninject", "-f", "-"); out != toInject {
		t.Errorf("%s(-want +got):\n%s", stderr, cmp.Diff(toInject, out))
	}
}
