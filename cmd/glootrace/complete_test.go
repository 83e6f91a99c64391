package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		"rules gt10":                                              "GT101 GT102 GT103 GT104 GT105 GT106 GT107 GT108 GT109 :4",
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
