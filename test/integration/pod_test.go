package integration

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// pod is a proxy's pod as Gloo's Deployment makes it; the API server defaults
// what is left out.
func pod(ns, name, spec string) string {
	return `
apiVersion: v1
kind: Pod
metadata:
  name: ` + name + `
  namespace: ` + ns + `
  labels: {gloo: gateway-proxy, gateway-proxy: live, gateway-proxy-id: gateway-proxy}
spec:
  containers:
  - name: gateway-proxy
    image: envoy
    ports: [{containerPort: 8080, name: http}]
` + spec
}

func TestProxyGetsItsAgent(t *testing.T) {
	ns := namespace(t)
	if said := warns(t, pod(ns, "proxy", ""), "create", "-f", "-"); said != "" {
		t.Errorf("kubectl warns: %s", said)
	}
	stored := get(t, ns, "pod/proxy")
	agent := gjson.Get(stored, `spec.initContainers.#(name=="otel-agent")`)
	if agent.Get("restartPolicy").Str != "Always" || agent.Get("securityContext.runAsNonRoot").Raw != "true" {
		t.Errorf("no native sidecar: %s", agent)
	}
	for _, probe := range []string{"readinessProbe", "livenessProbe", "startupProbe"} {
		if agent.Get(probe).Exists() {
			t.Errorf("the agent has a %s: it could take ingress out of service", probe)
		}
	}
	if gjson.Get(stored, `metadata.annotations.glootrace\.dev/injected`).Str == "" {
		t.Error("what was injected is not recorded")
	}
	env := gjson.Get(stored, `spec.containers.0.env.#(name=="OTEL_SERVICE_NAME").value`)
	if env.Str != "gateway-proxy" {
		t.Errorf("OTEL_SERVICE_NAME is %q", env.Str)
	}
}

func TestProxyThatCannotHaveAnAgentStartsWithAWarning(t *testing.T) {
	ns := namespace(t)
	for name, c := range map[string]struct{ spec, want string }{
		"host-network": {"  hostNetwork: true\n", "GT501 spec.hostNetwork"},
		"port-taken":   {"  - name: other\n    image: other\n    ports: [{containerPort: 4317}]\n", "GT501 spec.containers[1].ports[0].containerPort"},
		"other-agent":  {"  - name: otel-agent\n    image: other\n", "GT501 spec.containers[1]"},
	} {
		said := warns(t, pod(ns, name, c.spec), "create", "-f", "-")
		// One finding; a long one is a warning and another one with its fix.
		if strings.Count(said, c.want) != 1 || strings.Count(said, "Warning: ") != strings.Count(said, "Warning: GT501") {
			t.Errorf("%s: kubectl says %s", name, said)
		}
	}
	if said := warns(t, strings.Replace(pod(ns, "override", ""), "  labels:", "  annotations: {glootrace.dev/agent-image: evil}\n  labels:", 1), "create", "-f", "-"); !strings.Contains(said, "GT503") {
		t.Errorf("override: kubectl says %s", said)
	}
	if image := gjson.Get(get(t, ns, "pod/override"), "spec.initContainers.0.image").Str; image == "evil" {
		t.Error("a pod brought in another image")
	}
	metrics := fetch(t, "http://"+webhook.Metrics+"/metrics")
	for _, reason := range []string{"host-network", "port-taken", "agent-present"} {
		if !strings.Contains(metrics, `glootrace_agent_skipped_total{reason="`+reason+`"} 1`) {
			t.Errorf("reason %s is not counted once", reason)
		}
	}
}

func TestNamespaceCanOptOut(t *testing.T) {
	ns := namespace(t)
	kubectl(t, "", "label", "namespace", ns, "glootrace.dev/inject=false")
	eventually(t, func() bool {
		kubectl(t, pod(ns, "out", ""), "create", "-f", "-")
		out := !strings.Contains(get(t, ns, "pod/out"), "otel-agent")
		kubectl(t, "", "delete", "pod/out", "-n", ns, "--grace-period=0", "--force")
		return out
	})
	in := strings.Replace(pod(ns, "in", ""), "  labels:", "  annotations: {glootrace.dev/inject: \"true\"}\n  labels:", 1)
	kubectl(t, in, "create", "-f", "-")
	if !strings.Contains(get(t, ns, "pod/in"), "otel-agent") {
		t.Error("the pod's own word does not count more than its namespace's")
	}
}

func TestGatewayGoesToTheAgentAndNamesProxiesWithoutOne(t *testing.T) {
	ns := namespace(t)
	agent := strings.Replace(upstream("gloo-system", "opentelemetry-agent"), "addr: otel-collector", "addr: 127.0.0.1", 1)
	kubectl(t, agent, "apply", "-f", "-")
	without := strings.NewReplacer("  labels:", "  annotations: {glootrace.dev/inject: \"false\"}\n  labels:", "gateway-proxy-id: gateway-proxy", "gateway-proxy-id: "+ns).Replace(pod(ns, "without", ""))
	kubectl(t, without, "create", "-f", "-")
	manifest := strings.Replace(gateway(ns, "new", "{}"), "spec:\n", "spec:\n  proxyNames: ["+ns+"]\n", 1)
	eventually(t, func() bool {
		said := warns(t, manifest, "create", "-f", "-", "--dry-run=server")
		return strings.Contains(said, "GT116") && strings.Contains(said, "Pod "+ns+"/without run without it")
	})
	kubectl(t, manifest, "apply", "-f", "-")
	if ref := gjson.Get(get(t, ns, "gateway.v1.gateway.solo.io/new"), "spec.httpGateway.options.httpConnectionManagerSettings.tracing.openTelemetryConfig.collectorUpstreamRef.name").Str; ref != "opentelemetry-agent" {
		t.Errorf("pointed at %q", ref)
	}
	kubectl(t, "", "delete", "gateway.v1.gateway.solo.io/new", "-n", ns)
	eventually(t, func() bool {
		_, _, err := cluster.Kubectl(t.Context(), "", "delete", "upstream/opentelemetry-agent", "-n", "gloo-system")
		return err == nil
	})
}
