package check

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/glootrace/glootrace/internal/check"
)

// Without a replica the Deployment says which Policy holds; without either nobody does, and nothing goes by another one.
func TestThePolicyOfNoReplica(t *testing.T) {
	binary, err := cluster.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wipe(t) })
	const missed = `
{apiVersion: v1, kind: Namespace, metadata: {name: gloo-system}}
---
{apiVersion: gateway.solo.io/v1, kind: VirtualService, metadata: {name: shop, namespace: gloo-system}, spec: {virtualHost: {domains: [shop.example.com]}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: gateway-proxy-0, namespace: gloo-system, labels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}, annotations: {glootrace.dev/injected: "0"}}, spec: {containers: [{name: gateway-proxy, image: envoy}]}}
`
	apply(t, missed)
	w := selfManaged(t)
	for _, replica := range w.replicas {
		w.delete(&corev1.Pod{}, replica.Name)
	}
	about := func() check.Report {
		r, err := check.Run(t.Context(), cluster.Config, groups("webhook", "policy", "gloo", "gateways"), check.Options{Webhooks: w.namespace, Namespace: w.namespace})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	backfill := []string{"backfill", "--dry-run", "--kubeconfig", cluster.Kubeconfig, "--webhook-config", w.namespace}

	r := about()
	if got := find(r, "policy-valid"); got.Status != check.Unknown || !strings.HasPrefix(got.Reason, "neither a replica behind the Service says it") {
		t.Errorf("got %+v", got)
	}
	for _, name := range []string{"gloo-version", "proxies-agents", "agents-current", "objects-admitted", "objects-rules"} {
		if got := find(r, name); got.Status != check.Unknown || got.Reason != "the Policy in force can not be read: see policy-valid" || got.Fix != "" {
			t.Errorf("got %+v", got)
		}
	}
	if out, errs, code := command(t, binary, backfill...); code != 2 || out != "" || !strings.Contains(errs, "which Policy holds is not known: neither a replica") || !strings.Contains(errs, "--policy") {
		t.Errorf("backfill exits with %d: %s%s", code, out, errs)
	}

	change(w, &corev1.ConfigMap{}, "policy", func(m *corev1.ConfigMap) {
		m.Data["policy.yaml"] = w.policy + "gateways: {inject: false}\nspanName: {inject: false}\nagent: {inject: false}\n"
	})
	w.deploy(0)
	r = about()
	if got := find(r, "policy-valid"); got.Status != check.OK || got.Reason != "ConfigMap "+w.namespace+"/policy" {
		t.Errorf("got %+v", got)
	}
	if got := find(r, "objects-admitted"); got.Status != check.OK {
		t.Errorf("got %+v", got)
	}
	if out, errs, code := command(t, binary, backfill...); code != 0 || out != "nothing was missed\n" {
		t.Errorf("backfill exits with %d: %s%s", code, out, errs)
	}
}
