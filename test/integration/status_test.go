package integration

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// Gloo's kinds have no status subresource: Gloo writes the whole object.
func TestStatusWritesDoNotReachTheWebhook(t *testing.T) {
	ns := namespace(t)
	kubectl(t, gateway(ns, "quiet", "{}"), "apply", "-f", "-")
	before := admissions(t)
	for _, patch := range []string{`{"status":{"state":"Accepted"}}`, `{"metadata":{"annotations":{"someone.else/note":"x"}}}`} {
		kubectl(t, "", "patch", "gateway.v1.gateway.solo.io/quiet", "-n", ns, "--type=merge", "-p", patch)
	}
	if after := admissions(t); after != before {
		t.Errorf("the webhook was asked:\n%s\n%s", before, after)
	}
	kubectl(t, "", "annotate", "gateway.v1.gateway.solo.io/quiet", "-n", ns, "glootrace.dev/inject=false")
	if admissions(t) == before {
		t.Error("glootrace's own annotation changed, and the webhook was not asked")
	}
}

// admissions are the webhook's counts of Gateways.
func admissions(t testing.TB) string {
	t.Helper()
	var counts []string
	for line := range strings.Lines(fetch(t, "http://"+webhook.Metrics+"/metrics")) {
		if strings.HasPrefix(line, `glootrace_admissions_total{kind="Gateway"`) {
			counts = append(counts, line)
		}
	}
	return strings.Join(counts, "")
}

func fetch(t testing.TB, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
