package check

import (
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/check"
)

// edge is a proxy of a Gateway that sends spans to the agent; the pod is of a Deployment.
func edge(namespace, annotations string) string {
	return `{apiVersion: gateway.solo.io/v1, kind: Gateway, metadata: {name: edge, namespace: gloo-system}, spec: {bindPort: 8080, proxyNames: [edge],
  httpGateway: {options: {httpConnectionManagerSettings: {tracing: {openTelemetryConfig: {collectorUpstreamRef: {name: opentelemetry-agent, namespace: gloo-system}}}}}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: edge-0, namespace: ` + namespace + `, labels: {gloo: gateway-proxy, gateway-proxy-id: edge, pod-template-hash: 5d9f}, annotations: {` + annotations + `},
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: edge-5d9f, uid: 7a6b}]}, spec: {containers: [{name: edge, image: envoy}]}}`
}

// stuck writes a pod's status as a kubelet does that does not get the agent to run.
func stuck(t testing.TB, state string) {
	t.Helper()
	kubectl(t, "patch", "pod", "-n", "gloo-system", "gateway-proxy-0", "--subresource=status", "--type=merge", "-p",
		`{"status":{"phase":"Pending","initContainerStatuses":[{"name":"otel-agent","image":"otel","imageID":"","ready":false,"restartCount":3,`+state+`}]}}`)
}

func TestWhatKeepsAgentsFromTheirWork(t *testing.T) {
	installed(t)
	const crash = `"state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 40s"}},"lastState":{"terminated":{"exitCode":1,"reason":"Error"}}`
	for _, s := range []struct {
		name      string
		spoil     func(testing.TB)
		check     string
		want      check.Status
		says, fix string
	}{
		{"the agent ends again and again", func(t testing.TB) { stuck(t, crash) },
			"agents-run", check.Fail, "gloo-system/gateway-proxy-0: CrashLoopBackOff, ended with exit code 1", "kubectl -n gloo-system logs gateway-proxy-0 -c otel-agent"},
		{"the agent's image is missing", func(t testing.TB) {
			stuck(t, `"state":{"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling image otel/nope:1"}}`)
		}, "agents-run", check.Fail, "ImagePullBackOff: Back-off pulling image otel/nope:1", "correct agent.image of the Policy"},
		{"new agents do not start, and old ones run", func(t testing.TB) {
			stuck(t, crash)
			apply(t, edge("gloo-system", ""))
			kubectl(t, "annotate", "--overwrite", "pod", "-n", "gloo-system", "edge-0", "glootrace.dev/injected=0123456789abcdef")
		}, "agents-current", check.Warn, "gloo-system/edge-0", "see agents-run"},
		{"a proxy without the agent, while agents do not start", func(t testing.TB) {
			stuck(t, crash)
			apply(t, edge("kube-system", "")) // where nothing is injected
		}, "proxies-agents", check.Fail, "without: kube-system/edge-0", "first mend what agents-run finds"},
		{"a pod is told to have no agent", func(t testing.TB) { apply(t, edge("gloo-system", `glootrace.dev/inject: "false"`)) },
			"proxies-agents", check.Fail, `gloo-system/edge-0 has none: the pod's annotation glootrace.dev/inject is "false", and Gateway gloo-system/edge sends its spans to the agent`,
			`kubectl -n gloo-system patch deployment edge --type=merge -p '{"spec":{"template":{"metadata":{"annotations":{"glootrace.dev/inject":null}}}}}'`},
		{"a namespace is told to have no agents", func(t testing.TB) {
			kubectl(t, "label", "namespace", "kube-system", "glootrace.dev/inject=false")
			t.Cleanup(func() { kubectl(t, "label", "namespace", "kube-system", "glootrace.dev/inject-") })
			apply(t, edge("kube-system", ""))
		}, "proxies-agents", check.Fail, "the label glootrace.dev/inject of namespace kube-system", "kubectl label namespace kube-system glootrace.dev/inject-, then glootrace backfill"},
		{"a pod is told to have no agent, and needs none", func(t testing.TB) {
			apply(t, strings.ReplaceAll(edge("gloo-system", `glootrace.dev/inject: "false"`), "opentelemetry-agent", "opentelemetry-collector"))
		}, "proxies-agents", check.OK, "the others are told to have none", ""},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Cleanup(func() { wipe(t); apply(t, gloo) })
			s.spoil(t)
			r := about(t, cluster.Config)
			if got := find(r, s.check); got.Status != s.want || !strings.Contains(got.Reason, s.says) || !strings.Contains(got.Fix, s.fix) {
				t.Errorf("got\n%s", text(r))
			}
		})
	}
}
