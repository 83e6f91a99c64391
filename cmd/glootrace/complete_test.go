package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCompletion(t *testing.T) {
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	err := os.WriteFile(kubeconfig, []byte(`{apiVersion: v1, kind: Config, current-context: prod-eu,
clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}],
contexts: [{name: staging, context: {cluster: c}}, {name: prod-us, context: {cluster: c}}, {name: prod-eu, context: {cluster: c}}]}`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"check --kubeconfig " + kubeconfig + " --context prod":    "prod-eu prod-us :4",
		"verify --kubeconfig " + kubeconfig + " --context ":       "prod-eu prod-us staging :4",
		"verify --kubeconfig " + kubeconfig + " --gateway ":       ":4", // nobody answers: nothing, and no error
		"check --kubeconfig " + filepath.Dir(kubeconfig) + " -n ": ":4",
		"backfill --workload ":                                    ":4",
		"rules gt10":                                              "gt101 gt102 gt103 gt104 gt105 gt106 gt107 gt108 gt109 :4", // bash and zsh want the case that was typed
		"rules Gt4":                                               "Gt401 Gt402 :4",
		"lint --explain GT401":                                    "GT401 :4",
		"lint --fail-on ":                                         "error none warning :4",
		"inject -o ":                                              "yaml diff :4",
		"lint -f ":                                                "yaml yml json :8", // files with these endings
		"inject --policy ":                                        "yaml yml :8",
		"verify --host ":                                          ":4", // not a file
		"verify --path ":                                          ":4",
		"verify --expect-name ":                                   ":4",
		"check --webhook-config ":                                 ":4",
		"webhook --metrics-address ":                              ":4",
		"webhook --cert-dir ":                                     ":16", // folders
	} {
		out, _, code := glootrace(t, "", append([]string{"__complete"}, strings.Split(line, " ")...)...)
		var got []string
		for l := range strings.Lines(out) {
			word, _, _ := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
			got = append(got, word)
		}
		if s := strings.Join(got, " "); s != want || code != 0 {
			t.Errorf("%s: %q, want %q; exit code %d", line, s, want, code)
		}
	}
}

// TestCompletionDoesNotHoldUpAShell where neither the cluster nor a credential plugin ever says a word.
func TestCompletionDoesNotHoldUpAShell(t *testing.T) {
	silent, _ := silentCluster(t)
	plugin := filepath.Join(t.TempDir(), "kubeconfig")
	write(t, plugin, `{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}],
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}],
users: [{name: a, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: ["-c", "exec sleep 10 2>/dev/null"], interactiveMode: Never}}}]}`)
	for _, kubeconfig := range []string{silent, plugin} {
		begin := time.Now()
		out, _, code := glootrace(t, "", "__complete", "verify", "--kubeconfig", kubeconfig, "--gateway", "")
		if took := time.Since(begin); out != ":4\n" || code != 0 || took > 2*completeTimeout {
			t.Errorf("exit code %d after %v: %s", code, took, out)
		}
	}
}
