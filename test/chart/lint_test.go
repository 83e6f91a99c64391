package chart

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/test/env"
)

// What the schema takes and the webhook would not start with is found in what the chart renders.
func TestLintKnowsWhatTheSchemaDoesNot(t *testing.T) {
	e, _ := cluster(t)
	binary, err := e.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	withEachHelm(t, func(t *testing.T, h *env.Helm) {
		for set, want := range map[string]string{
			"policy.agent.inject=true":                 "0 errors, 0 warnings",
			"policy.agent.resources.limits.memory=1Mi": "agent.resources.limits.memory: no collector starts in 1Mi",
			"policy.spanName.template=a\\{\\{b":        "spanName.template",
		} {
			rendered, err := h.Run(t.Context(), "", "", "template", release, chartDir, "--namespace", namespace, "--set", set)
			if err != nil {
				t.Fatal(err)
			}
			lint := exec.CommandContext(t.Context(), binary, "lint", "-f", "-")
			lint.Stdin = strings.NewReader(rendered)
			if out, err := lint.CombinedOutput(); !strings.Contains(string(out), want) || (err == nil) != strings.HasPrefix(want, "0 errors") {
				t.Errorf("%s: lint says %s, want %q", set, out, want)
			}
		}
	})
}
