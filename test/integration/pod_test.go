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
	for name, c := range map[string]struct{ annotations, spec, want string }{
		"host-network": {"", "  hostNetwork: true\n", "GT501 spec.hostNetwork"},
		"port-taken":   {"", "  - name: other\n    image: other\n    ports: [{containerPort: 4317}]\n", "GT501 spec.containers[1].ports[0].containerPort"},
		"other-agent":  {"", "  - name: otel-agent\n    image: other\n", "GT501 spec.containers[1]"},
		"windows":      {"", "  os: {name: windows}\n", "GT501 spec.os.name"},
		"static":       {"kubernetes.io/config.mirror: 2c6e", "  nodeName: node-1\n", "GT501 metadata.annotations[kubernetes.io/config.mirror]"},
		"annotated":    {"a: " + strings.Repeat("x", 256<<10-1), "", "GT501 metadata.annotations"},
		"budget":       {"", "    resources: {requests: {cpu: 60m}}\n  resources: {limits: {cpu: 1}}\n", "GT501 spec.resources"},
		"small":        {"", "  resources: {limits: {memory: 255Mi}}\n", "GT501 spec.resources"},
	} {
		said := warns(t, annotated(pod(ns, name, c.spec), c.annotations), "create", "-f", "-")
		// One finding; a long one is a warning and another one with its fix.
		if strings.Count(said, c.want) != 1 || strings.Count(said, "Warning: ") != strings.Count(said, "GT501 ") {
			t.Errorf("%s: kubectl says %s", name, said)
		}
	}
	if said := warns(t, annotated(pod(ns, "override", ""), "glootrace.dev/agent-image: evil"), "create", "-f", "-"); !strings.Contains(said, "GT503") {
		t.Errorf("override: kubectl says %s", said)
	}
	if image := gjson.Get(get(t, ns, "pod/override"), "spec.initContainers.0.image").Str; image == "evil" {
		t.Error("a pod brought in another image")
	}
	metrics := fetch(t, "http://"+webhook.Metrics+"/metrics")
	for reason, times := range map[string]string{"host-network": "1", "port-taken": "1", "agent-present": "1", "windows": "1", "static-pod": "1", "annotations-full": "1", "pod-resources": "2"} {
		if !strings.Contains(metrics, `glootrace_agent_skipped_total{reason="`+reason+`"} `+times+"\n") {
			t.Errorf("reason %s is not counted %s times", reason, times)
		}
	}
}

// annotated is a proxy's pod with annotations.
func annotated(pod, annotations string) string {
	return strings.Replace(pod, "  labels:", "  annotations: {"+annotations+"}\n  labels:", 1)
}

// The agent fits beside whatever else a pod asks for.
func TestProxyStartsWithItsAgentWhateverElseItHas(t *testing.T) {
	ns := namespace(t)
	kubectl(t, "", "label", "namespace", ns, "pod-security.kubernetes.io/enforce=restricted")
	const context = "securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}, capabilities: {drop: [ALL]}}"
	for name, c := range map[string]struct{ annotations, spec string }{
		"restricted":       {"", ""},
		"one-user":         {"", "  securityContext: {runAsNonRoot: true, runAsUser: 10101, fsGroup: 1, seLinuxOptions: {level: 's0:c1,c2'}}\n"},
		"shared-process":   {"", "  shareProcessNamespace: true\n"},
		"gated":            {"", "  schedulingGates: [{name: example.com/gate}]\n"},
		"placed":           {"", "  nodeName: node-1\n"},
		"linux":            {"", "  os: {name: linux}\n"},
		"other-init":       {"", "  initContainers:\n  - {name: network, image: init, " + context + "}\n  - {name: mesh, image: mesh, restartPolicy: Always, " + context + "}\n"},
		"budget":           {"", "    resources: {requests: {cpu: 60m}}\n  resources: {requests: {cpu: 110m, memory: 64Mi}, limits: {memory: 256Mi}}\n"},
		"budget-of-init":   {"", "  initContainers:\n  - {name: init, image: init, resources: {requests: {cpu: 100m}}, " + context + "}\n  resources: {requests: {cpu: 100m}, limits: {cpu: 1}}\n"},
		"nearly-annotated": {"a: " + strings.Repeat("x", 253<<10), ""},
	} {
		if said := warns(t, annotated(pod(ns, name, "    "+context+"\n"+c.spec), c.annotations), "create", "-f", "-"); said != "" {
			t.Errorf("%s: kubectl warns: %s", name, said)
		}
		if image := gjson.Get(get(t, ns, "pod/"+name), `spec.initContainers.#(name=="otel-agent").image`); !image.Exists() {
			t.Errorf("%s: no agent", name)
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
	in := annotated(pod(ns, "in", ""), `glootrace.dev/inject: "true"`)
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
		return strings.Contains(said, "GT116") && strings.Contains(said, "missing in Pod "+ns+"/without:")
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
