package chart

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-udiff"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/test/env"
)

// A golden file holds the documents that differ from those of the case default, and says which are not there at all:
// what a value does is seen at a glance, and a change of the chart changes few files.
func TestTemplatesRenderTheGoldenFiles(t *testing.T) {
	withEachHelm(t, func(t *testing.T, h *env.Helm) {
		base := render(t, h, cases(t)[0])
		for _, c := range cases(t) {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				golden := filepath.Join(filepath.Dir(c.values), "golden.yaml")
				rendered := render(t, h, c)
				if c.name != "default" {
					rendered = difference(base, rendered)
				}
				got := "---\n" + strings.Join(rendered, "---\n")
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := udiff.Unified(golden, "rendered", string(want), got); diff != "" {
					t.Errorf("go test ./chart -update writes the golden files.\n%s", diff)
				}
			})
		}
	})
}

// The command check compares a cluster's webhooks with those of the chart, and renders no chart itself.
func TestCheckKnowsTheWebhooksThatTheChartRenders(t *testing.T) {
	const file = "../../internal/check/webhooks.yaml"
	mutating, validating, err := env.WebhookConfigurations("v1.36.0", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := yaml.Marshal(map[string]any{"mutating": mutating.Webhooks, "validating": validating.Webhooks})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := udiff.Unified(file, "rendered", string(want), string(got)); diff != "" {
		t.Errorf("go test ./chart -update writes it.\n%s", diff)
	}
}

// difference is what is in rendered but not in base, and a line for each object that is in base alone.
func difference(base, rendered []string) []string {
	var all []string
	for _, d := range base {
		if name := identity(d); !slices.ContainsFunc(rendered, func(r string) bool { return identity(r) == name }) {
			all = append(all, "# Not there: "+name+"\n")
		}
	}
	for _, d := range rendered {
		if !slices.Contains(base, d) {
			all = append(all, d)
		}
	}
	return all
}

var (
	kindLine = regexp.MustCompile(`(?m)^kind: (.*)$`)
	nameLine = regexp.MustCompile(`(?m)^  name: (.*)$`)
)

// identity is the kind and name of a document.
func identity(document string) string {
	kind, name := kindLine.FindStringSubmatch(document), nameLine.FindStringSubmatch(document)
	if kind == nil || name == nil {
		return document
	}
	return kind[1] + " " + name[1]
}

func TestLintFindsNothing(t *testing.T) {
	withEachHelm(t, func(t *testing.T, h *env.Helm) {
		for _, c := range cases(t) {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				if out, err := h.Run(t.Context(), "", "", "lint", chartDir, "--strict", "--quiet", "--namespace", namespace, "--values", c.values); err != nil || out != "" {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	})
}
