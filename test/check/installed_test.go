package check

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/check"
)

// gloo is an installation of Gloo and of glootrace's chart that is well, as far as objects say. The API server has no
// controllers: the webhook itself, which it calls by a URL, is a process beside it.
const gloo = `
{apiVersion: v1, kind: Namespace, metadata: {name: gloo-system}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: gloo, namespace: gloo-system, labels: {gloo: gloo}}, spec: {selector: {matchLabels: {gloo: gloo}},
  template: {metadata: {labels: {gloo: gloo}}, spec: {containers: [{name: gloo, image: "quay.io/solo-io/gloo:1.18.3@sha256:0000000000000000000000000000000000000000000000000000000000000000"}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: glootrace, namespace: gloo-system, labels: {app.kubernetes.io/name: glootrace, app.kubernetes.io/component: webhook}},
  spec: {selector: {matchLabels: {app: glootrace}}, template: {metadata: {labels: {app: glootrace}}, spec: {
    containers: [{name: webhook, image: glootrace, args: [webhook, --webhook-config=glootrace, --policy=/etc/glootrace/policy.yaml], volumeMounts: [{name: policy, mountPath: /etc/glootrace}]}],
    volumes: [{name: policy, configMap: {name: glootrace-policy}}]}}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: glootrace-policy, namespace: gloo-system}, data: {policy.yaml: "apiVersion: glootrace.dev/v1alpha1\nkind: Policy\n"}}
---
{apiVersion: v1, kind: Service, metadata: {name: otel-collector, namespace: gloo-system}, spec: {ports: [{port: 4317}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: otel-collector, namespace: gloo-system, labels: {kubernetes.io/service-name: otel-collector}},
  addressType: IPv4, endpoints: [{addresses: [192.0.2.1]}], ports: [{port: 4317}]}
---
{apiVersion: v1, kind: Service, metadata: {name: zipkin, namespace: gloo-system, labels: {app.kubernetes.io/name: glootrace, app.kubernetes.io/component: zipkin}}, spec: {ports: [{port: 9411}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: zipkin, namespace: gloo-system, labels: {kubernetes.io/service-name: zipkin}},
  addressType: IPv4, endpoints: [{addresses: [192.0.2.2]}], ports: [{port: 9411}]}
---
{apiVersion: gloo.solo.io/v1, kind: Upstream, metadata: {name: opentelemetry-collector, namespace: gloo-system}, spec: {useHttp2: true, static: {hosts: [{addr: otel-collector.gloo-system.svc, port: 4317}]}}}
---
{apiVersion: gloo.solo.io/v1, kind: Upstream, metadata: {name: opentelemetry-agent, namespace: gloo-system}, spec: {useHttp2: true, static: {hosts: [{addr: 127.0.0.1, port: 4317}]}}}
---
{apiVersion: gateway.solo.io/v1, kind: Gateway, metadata: {name: gateway-proxy, namespace: gloo-system}, spec: {bindAddress: "::", bindPort: 8080, httpGateway: {}}}
---
{apiVersion: gateway.solo.io/v1, kind: VirtualService, metadata: {name: shop, namespace: gloo-system}, spec: {virtualHost: {domains: [shop.example.com], routes: [{matchers: [{prefix: /}], directResponseAction: {status: 200}}]}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: gateway-proxy, namespace: gloo-system}, spec: {replicas: 1,
  selector: {matchLabels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}},
  template: {metadata: {labels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}}, spec: {containers: [{name: gateway-proxy, image: envoy}]}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: gateway-proxy-0, namespace: gloo-system, labels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}}, spec: {containers: [{name: gateway-proxy, image: envoy}]}}
`

// withPolicy is the ConfigMap of a Policy with a field.
func withPolicy(field string) string {
	return "{apiVersion: v1, kind: ConfigMap, metadata: {name: glootrace-policy, namespace: gloo-system}, data: {policy.yaml: '{apiVersion: glootrace.dev/v1alpha1, kind: Policy, " + field + "}'}}"
}

// collecting is the configuration of the chart's collector, which exports to a Zipkin.
func collecting(zipkin string) string {
	return "{apiVersion: v1, kind: ConfigMap, metadata: {name: otel-collector, namespace: gloo-system}, data: {collector.yaml: '{exporters: {zipkin: {endpoint: \"" + zipkin + "/api/v2/spans\"}}}'}}"
}

// installed runs glootrace's webhook and applies the above; it goes with the test.
func installed(t testing.TB) {
	t.Helper()
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(policy, []byte("apiVersion: glootrace.dev/v1alpha1\nkind: Policy\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	webhook, err := cluster.Webhook(t.Context(), policy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := webhook.Stop(); err != nil {
			t.Error(err)
		}
		wipe(t)
	})
	apply(t, gloo)
}

func apply(t testing.TB, manifests string) {
	t.Helper()
	if _, _, err := cluster.Kubectl(context.WithoutCancel(t.Context()), manifests, "apply", "-f", "-"); err != nil {
		t.Fatal(err)
	}
}

func kubectl(t testing.TB, args ...string) {
	t.Helper()
	if _, _, err := cluster.Kubectl(context.WithoutCancel(t.Context()), "", args...); err != nil {
		t.Fatal(err)
	}
}

// wipe removes what tests make in the namespaces that all of them share.
func wipe(t testing.TB) {
	t.Helper()
	kind := func(group, kind string) client.Object {
		u := &unstructured.Unstructured{}
		u.SetGroupVersionKind(schema.GroupVersionKind{Group: group, Version: "v1", Kind: kind})
		return u
	}
	if err := admin.DeleteAllOf(context.Background(), &corev1.ConfigMap{}, client.InNamespace("gloo-system")); err != nil {
		t.Error(err)
	}
	for _, namespace := range []string{"gloo-system", "kube-system"} {
		for _, o := range []client.Object{kind("gateway.solo.io", "VirtualService"), kind("gateway.solo.io", "Gateway"), kind("gloo.solo.io", "Upstream"),
			&corev1.Pod{}, &appsv1.Deployment{}, &appsv1.DaemonSet{}, &appsv1.StatefulSet{}, &discoveryv1.EndpointSlice{}, &corev1.Service{}} {
			if err := admin.DeleteAllOf(context.Background(), o, client.InNamespace(namespace), client.GracePeriodSeconds(0)); err != nil {
				t.Error(err)
			}
		}
	}
}

func about(t testing.TB, config *rest.Config) check.Report {
	t.Helper()
	report, err := check.Run(t.Context(), config, check.Groups, check.Options{Webhooks: "glootrace", Namespace: "gloo-system"})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func text(r check.Report) string {
	var b strings.Builder
	if err := r.Text(&b); err != nil {
		return err.Error()
	}
	return b.String()
}
