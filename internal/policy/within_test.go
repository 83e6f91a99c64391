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

// As "helm template" prints it, alone or with the rest of the chart.
func TestPolicyInAConfigMapIsRead(t *testing.T) {
	const before, after = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {a: b}\n"
	configMap := func(policy string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: p}\ndata:\n  policy.yaml: |\n    " + strings.ReplaceAll(strings.TrimSpace(policy), "\n", "\n    ") + "\n"
	}
	for _, c := range []struct{ src, says string }{
		{configMap(head + "agent: {inject: false}"), ""},
		{before + "---\n" + configMap(head+"agent: {inject: false}") + "---\n" + after, ""},
		{configMap(head + "agents: {inject: false}"), "cm.yaml: data[policy.yaml]:3: unknown field agents; did you mean agent?"},
		{after, `cm.yaml:2: kind: "ConfigMap" is not Policy`},
		{before + "---\n" + after, "cm.yaml: expected one Policy (apiVersion: glootrace.dev/v1alpha1, kind: Policy), found 2 objects"},
		{configMap(head) + "---\n" + configMap(head), "found 2 objects"},
		{configMap(head) + "---\n" + head, "found 2 objects"},
	} {
		p, err := policy.Parse("cm.yaml", []byte(c.src))
		switch {
		case c.says == "" && (err != nil || p.Agent.Inject):
			t.Errorf("%s: got %v, %v", c.src, p.Agent.Inject, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: got %v, want %s", c.src, err, c.says)
		}
	}
}
