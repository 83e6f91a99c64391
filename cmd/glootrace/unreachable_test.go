package main

import (
	"encoding/json"
	"encoding/xml"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestProgramsAreToldThatNobodyCouldBeAsked by one whole document, in every format but the one for people.
func TestProgramsAreToldThatNobodyCouldBeAsked(t *testing.T) {
	nobody := filepath.Join(t.TempDir(), "kubeconfig")
	write(t, nobody, `{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a}}],
clusters: [{name: a, cluster: {server: "http://127.0.0.1:1"}}]}`)
	parse := map[string]func([]byte) error{
		"json":  func(b []byte) error { return json.Unmarshal(b, new(any)) },
		"yaml":  func(b []byte) error { return yaml.UnmarshalStrict(b, new(map[string]any)) },
		"junit": func(b []byte) error { return xml.Unmarshal(b, new(junitSuites)) },
	}
	for command, formats := range map[string][]string{
		"check": checkOutputs.names(), "check sampling": samplingOutputs.names(), "verify": verifyOutputs.names(),
		"backfill": backfillOutputs.names(), "backfill --dry-run": backfillOutputs.names(),
	} {
		for _, format := range formats {
			for kubeconfig, why := range map[string]string{nobody: "connection refused", nobody + "-not": "no such file or directory"} {
				args := append(strings.Fields(command), "--kubeconfig", kubeconfig, "-o", format)
				out, stderr, code := glootrace(t, "", args...)
				if format == "text" {
					if !strings.Contains(out+stderr, why) || code != exitFailed {
						t.Errorf("%s: exit code %d: %s%s", args, code, out, stderr)
					}
				} else if err := parse[format]([]byte(out)); err != nil || !strings.Contains(out, why) || strings.Contains(out, "null") || strings.Contains(out, "0001") || code != exitFailed {
					t.Errorf("%s: exit code %d: %v: %s", args, code, err, out)
				}
			}
		}
	}
}
