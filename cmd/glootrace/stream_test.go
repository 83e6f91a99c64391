package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
)

// As kubectl-glootrace it is called by kubectl, and examples have to be, too.
func TestHelpOfThePluginCallsItByKubectl(t *testing.T) {
	for _, c := range commands() {
		var out, errs bytes.Buffer
		args := append(strings.Fields(c.CommandPath())[1:], "--help")
		if code := run(t.Context(), append([]string{"/bin/kubectl-glootrace"}, args...), strings.NewReader(""), &out, &errs); code != 0 {
			t.Fatalf("%v: exit code %d: %s", args, code, &errs)
		}
		for line := range strings.Lines(out.String()) {
			if regexp.MustCompile(`(^|\|) *glootrace ([a-z]+$|[a-z]* ?-|\[)`).MatchString(line) {
				t.Errorf("%v: %s", args, line)
			}
		}
		if strings.Count(out.String(), "kubectl glootrace") < 2 {
			t.Errorf("%v has no example of the plugin:\n%s", args, &out)
		}
	}
}

func TestHintsOfThePluginCallItByKubectl(t *testing.T) {
	const gateway = "../../test/demo/manifests/refused/no-collector.yaml"
	for args, want := range map[string]struct{ out, err string }{
		"lint -f " + gateway:               {"for more: kubectl glootrace rules GT103\n", ""},
		"lint -f " + gateway + " -o junit": {`<testsuites name="glootrace lint"`, ""}, // by which programs know it
		"inject -f testdata/hints.yaml":    {"# glootrace lint finds it\n", ""},       // a document stays as it is
		"rules GT9":                        {"", "there is no rule GT9; kubectl glootrace rules lists them\n"},
		"lint":                             {"", "nothing to read: kubectl glootrace lint -f FILE, or -f - for standard input\n"},
		"completion":                       {"kubectl_complete-glootrace: make that a link", ""},
	} {
		var out, errs bytes.Buffer
		run(t.Context(), append([]string{"/bin/kubectl-glootrace"}, strings.Fields(args)...), strings.NewReader(""), &out, &errs)
		if !strings.Contains(out.String(), want.out) || !strings.Contains(errs.String(), want.err) {
			t.Errorf("%s: want %q and %q\n%s%s", args, want.out, want.err, &out, &errs)
		}
	}
}

func TestWhatCanNotBeWrittenIsAnError(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no full disk to be had: ", err)
	}
	defer full.Close()
	for _, args := range []string{"--help", "help lint", "lint --help", "version", "--version", "rules", "completion", "completion zsh", "lint -f testdata/manifests/routes.yaml", "inject -f testdata/manifests/routes.yaml"} {
		var errs bytes.Buffer
		if code := run(t.Context(), append([]string{"glootrace"}, strings.Fields(args)...), strings.NewReader(""), full, &errs); code != exitFailed || !strings.Contains(errs.String(), "no space left on device\n") {
			t.Errorf("%s: exit code %d: %s", args, code, &errs)
		}
	}
}
