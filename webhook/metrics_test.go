package webhook

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/certs"
	"github.com/glootrace/glootrace/internal/markdown"
)

// description is how client_golang prints a metric's name, help and labels: it has no other way to ask for them.
var description = regexp.MustCompile(`fqName: "(glootrace_\w+)", help: "([^"]*)", unit: "[^"]*", constLabels: \{\}, variableLabels: \{([^}]*)\}`)

// TestDocsListAllMetrics holds the table in docs/operations.md to what a replica registers.
func TestDocsListAllMetrics(t *testing.T) {
	r := prometheus.NewRegistry()
	NewMetrics(r)
	newAuditGauge(r)
	if _, err := certs.New(&rest.Config{}, certs.Options{Dir: t.TempDir()}, r, logr.Discard()); err != nil {
		t.Fatal(err)
	}
	found := make(chan *prometheus.Desc, 100)
	r.Describe(found)
	close(found)
	var want []string
	for d := range found {
		m := description.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("not understood: %s", d)
		}
		labels := m[3]
		if labels != "" {
			labels = "`" + strings.ReplaceAll(labels, ",", "`, `") + "`"
		}
		want = append(want, "| `"+m[1]+"` | "+labels+" | "+m[2]+" |")
	}
	slices.Sort(want)
	if got := regexp.MustCompile("(?m)^\\| `glootrace_.*$").FindAllString(operations(t), -1); !slices.Equal(got, want) {
		t.Errorf("docs/operations.md should have the lines\n%s", strings.Join(want, "\n"))
	}
}

func TestDocsListAllAlerts(t *testing.T) {
	text, err := os.ReadFile("../charts/glootrace/monitoring/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var alerts []struct {
		Alert       string
		Labels      struct{ Severity string }
		Annotations struct {
			Runbook string `json:"runbook_url"`
		}
	}
	if err := yaml.Unmarshal(text, &alerts); err != nil {
		t.Fatal(err)
	}
	anchors := markdown.Parse("operations.md", []byte(operations(t))).Anchors
	var want []string
	for _, a := range alerts {
		heading, ok := strings.CutPrefix(a.Annotations.Runbook, "https://github.com/glootrace/glootrace/blob/main/docs/operations.md#")
		if !ok || !slices.Contains(anchors, heading) {
			t.Errorf("%s: runbook_url %q leads to no heading of docs/operations.md", a.Alert, a.Annotations.Runbook)
		}
		want = append(want, "| `"+a.Alert+"` | "+a.Labels.Severity+" |")
	}
	if got := regexp.MustCompile("(?m)^\\| `Glootrace\\w+` \\| \\w+ \\|").FindAllString(operations(t), -1); !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("docs/operations.md should have rows that begin with\n%s", strings.Join(want, "\n"))
	}
}

func operations(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}
