package check

import (
	"strings"
	"testing"
)

// Before a request is sent, verify looks for what it needs; what is not there is named, with what brings it.
func TestVerifySaysWhatIsNotThere(t *testing.T) {
	binary, err := cluster.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	installed(t)
	const ready = `{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}`
	for _, s := range []struct {
		name string
		more func()
		args []string
		says string
	}{
		{"a Gateway that there is not", nil, []string{"--gateway", "nope"}, "there is no Gateway nope; there is gloo-system/gateway-proxy\n"},
		{"a Gateway of another namespace", nil, []string{"--gateway", "other/gateway-proxy"}, "there is no Gateway other/gateway-proxy;"},
		{"no proxy is ready", nil, []string{"--gateway", "gloo-system/gateway-proxy"}, "no pod of proxy gateway-proxy, which serves Gateway gloo-system/gateway-proxy, is ready\n"},
		{"its agent keeps it from that", func() {
			stuck(t, `"state":{"waiting":{"reason":"ErrImagePull","message":"not found"}}`)
		}, nil, "is ready: container otel-agent of pod gloo-system/gateway-proxy-0: ErrImagePull: not found\n"},
		{"no Zipkin", func() {
			kubectl(t, "patch", "pod", "-n", "gloo-system", "gateway-proxy-0", "--subresource=status", "--type=merge", "-p", ready)
		}, nil, "the chart's Zipkin is not in namespace gloo-system: name the namespace with -n"},
		{"Zipkin has no replicas", func() {
			apply(t, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: zipkin, namespace: gloo-system, labels: {app.kubernetes.io/name: glootrace, app.kubernetes.io/component: zipkin}},
  spec: {replicas: 0, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: zipkin, image: zipkin}]}}}}`)
		}, nil, "no Zipkin runs, Deployment gloo-system/zipkin has 0 replicas: kubectl -n gloo-system scale deployment zipkin --replicas=1\n"},
	} {
		if s.more != nil {
			s.more()
		}
		_, errs, code := command(t, binary, append([]string{"verify", "--kubeconfig", cluster.Kubeconfig}, s.args...)...)
		if code != 2 || !strings.Contains(errs, s.says) {
			t.Errorf("%s: it exits with %d and says %s", s.name, code, errs)
		}
	}
}
