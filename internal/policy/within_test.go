package policy_test

import (
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/policy"
)

func TestPoliciesWithinTexts(t *testing.T) {
	for text, want := range map[string]string{
		head + "agent: {inject: false}\n":                    "",
		head + "agents: {}\n":                                "line 3: unknown field agents; did you mean agent?",
		head + "agents: {}\ngloo: {version: x}\n":            `line 3: unknown field agents; did you mean agent?|line 4: gloo.version: "x" is not a version of Gloo like 1.18.3`,
		"apiVersion: glootrace.dev/v1alpha1\nkind: [":        "line 2: did not find expected node content",
		"\"apiVersion\": 'glootrace.dev/v1alpha1'\na: 1\n":   "expected one Policy (apiVersion: glootrace.dev/v1alpha1, kind: Policy), found 0 objects",
		"# glootrace.dev/v1alpha1\napiVersion: v1\n":         "",
		"apiVersion: apps/v1\nkind: Policy\nx: [":            "",
		"a: {apiVersion: glootrace.dev/v1alpha1, kind: x}\n": "",
	} {
		if got := strings.Join(policy.Within(text), "|"); got != want {
			t.Errorf("%q:\ngot  %q\nwant %q", text, got, want)
		}
	}
}
