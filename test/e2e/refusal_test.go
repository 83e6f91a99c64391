package e2e

import (
	"strings"
	"testing"
)

func TestBadEditIsRefused(t *testing.T) {
	install(t)
	p := startProxy(t, namespace(t))
	for _, c := range []struct{ patch, rule, path string }{
		{`{"tracing": {"openTelemetryConfig": {"collectorUpstreamRef": null}}}`, "GT103", "tracing.openTelemetryConfig"},
		{`{"tracing": {"tracePercentages": {"randomSamplePercentage": 250}}}`, "GT108", "tracing.tracePercentages.randomSamplePercentage"},
	} {
		patch := `{"spec": {"httpGateway": {"options": {"httpConnectionManagerSettings": ` + c.patch + `}}}}`
		out, err := program(t.Context(), "", "kubectl", "-n", p.namespace, "patch", "gateway.gateway.solo.io", "gateway-proxy", "--type=merge", "-p", patch)
		if err == nil {
			t.Errorf("%s was admitted: %s", patch, out)
		}
		for _, want := range []string{"denied the request", c.rule, c.path, "Fix:"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s is not in what kubectl says: %s", want, out)
			}
		}
	}
	if err := p.serves(t.Context()); err != nil {
		t.Error(err)
	}
}
