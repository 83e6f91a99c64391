package check

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

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

// refuse makes a proxy's Deployment as its controller leaves it when the API server takes none of its pods.
func refuse(t testing.TB, annotations string) {
	t.Helper()
	apply(t, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: edge, namespace: gloo-system}, spec: {selector: {matchLabels: {gloo: gateway-proxy}},
  template: {metadata: {labels: {gloo: gateway-proxy}, annotations: {`+annotations+`}}, spec: {containers: [{name: edge, image: envoy}]}}}}`)
	kubectl(t, "patch", "deployment", "-n", "gloo-system", "edge", "--subresource=status", "--type=merge", "-p",
		`{"status":{"conditions":[{"type":"ReplicaFailure","status":"True","reason":"FailedCreate","message":"pods \"edge-5d9f-x\" is forbidden: maximum memory usage per Container is 128Mi, but limit is 256Mi"}]}}`)
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
		{"a LimitRange refuses what the agent asks for", func(t testing.TB) { refuse(t, "") },
			"proxies-start", check.Fail, `Deployment gloo-system/edge: FailedCreate: pods "edge-5d9f-x" is forbidden: maximum memory usage per Container is 128Mi, but limit is 256Mi`,
			"kubectl label namespace gloo-system glootrace.dev/inject=false"},
		{"pods without an agent are refused", func(t testing.TB) { refuse(t, `glootrace.dev/inject: "false"`) },
			"proxies-start", check.Fail, "Deployment gloo-system/edge: FailedCreate", "kubectl -n NAMESPACE describe deployment,replicaset"},
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

// While the Policy can not be read, replicas go by the one before: nobody knows of what an agent is.
func TestAgentsAreNotBlamedForABrokenPolicy(t *testing.T) {
	w := selfManaged(t)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "proxy", Labels: map[string]string{"gloo": "gateway-proxy"}, Annotations: map[string]string{"glootrace.dev/injected": "0123456789abcdef"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "envoy", Image: "envoy"}}}}
	w.create(pod)
	t.Cleanup(func() {
		if err := admin.Delete(context.Background(), pod, client.GracePeriodSeconds(0)); err != nil {
			t.Error(err)
		}
	})
	for _, want := range []check.Status{check.Warn, check.Unknown} {
		r, err := check.Run(t.Context(), cluster.Config, groups("policy", "gateways"), check.Options{Webhooks: w.namespace, Namespace: w.namespace})
		if err != nil {
			t.Fatal(err)
		}
		if got := find(r, "agents-current"); got.Status != want {
			t.Errorf("got %+v, want %s", got, want)
		}
		change(w, &corev1.ConfigMap{}, "policy", func(m *corev1.ConfigMap) { m.Data["policy.yaml"] = w.policy + "agnt: {}\n" })
	}
}

// A Gateway's own reference to nothing: each check says so, and the command that shows all the rest shows it.
func TestAGatewayThatPointsNowhere(t *testing.T) {
	binary, err := cluster.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	installed(t)
	apply(t, strings.ReplaceAll(edge("gloo-system", ""), "name: opentelemetry-agent", "name: nope"))
	r := about(t, cluster.Config)
	for name, want := range map[string]struct {
		status    check.Status
		says, fix string
	}{
		"upstreams-exist": {check.Fail, "Upstream gloo-system/nope, which Gateway gloo-system/edge uses, does not exist", "or have Gateway gloo-system/edge name another one in its tracing block: gloo-system/opentelemetry-agent"},
		"gateways-trace":  {check.Fail, "to an Upstream that does not exist: gloo-system/edge to Upstream gloo-system/nope", "see upstreams-exist"},
		"objects-rules":   {check.Warn, "0 errors, 1 warning, such as", "lint --complete"},
	} {
		if got := find(r, name); got.Status != want.status || !strings.Contains(got.Reason, want.says) || !strings.Contains(got.Fix, want.fix) {
			t.Errorf("%s: got\n%s", name, text(r))
		}
	}
	resources, _, found := strings.Cut(strings.TrimPrefix(find(r, "objects-rules").Fix, "kubectl get "), " -A -o yaml | glootrace lint --complete -f -")
	printed, _, err := cluster.Kubectl(t.Context(), "", "get", resources, "-A", "-o", "yaml")
	if err != nil || !found {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "all.yaml")
	if err := os.WriteFile(file, []byte(printed), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errs, _ := command(t, binary, "lint", "--complete", "-f", file); !strings.Contains(out, "GT105") || !strings.Contains(out, "1 warning") {
		t.Errorf("lint says\n%s%s", out, errs)
	}
}
