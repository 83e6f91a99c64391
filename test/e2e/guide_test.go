package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The objects of Gloo's tracing guide, as the demo has them, in a namespace of their own. Its Upstream is the chart's.
func TestGuidesObjects(t *testing.T) {
	install(t)
	ns := namespace(t)
	var manifests []string
	for _, name := range []string{"gateway.yaml", "virtualservice.yaml"} {
		data, err := os.ReadFile(filepath.Join("..", "demo", "manifests", name))
		if err != nil {
			t.Fatal(err)
		}
		manifests = append(manifests, strings.ReplaceAll(string(data), "namespace: "+system, "namespace: "+ns))
	}
	guide := strings.Join(manifests, "\n---\n")
	kubectl(t, guide, "apply", "-f", "-")
	for object, want := range map[string]string{
		"gateways.gateway.solo.io/gateway-proxy":  `"collectorUpstreamRef":{"name":"opentelemetry-agent","namespace":"gloo-system"}`,
		"virtualservices.gateway.solo.io/default": `"spanTransformer":{"name":{"text":"{{header(\"Host\")}}"}}`,
	} {
		got := kubectl(t, "", "get", "-n", ns, object, "-o", "jsonpath={.spec}")
		if !strings.Contains(got, want) {
			t.Errorf("%s: no %s in %s", object, want, got)
		}
	}
	if out := kubectl(t, guide, "apply", "-f", "-"); strings.Count(out, "unchanged") != 2 {
		t.Errorf("applied again:\n%s", out)
	}
}
