package e2e

import (
	"context"
	"strings"
	"testing"
)

func TestUninstallLeavesNothingAndProxiesServe(t *testing.T) {
	install(t)
	p := startProxy(t, namespace(t))
	uninstall(t)
	// What may stay, since Gateways refer to it: the Upstreams.
	kinds := strings.Fields(kubectl(t, "", "api-resources", "--verbs=list,delete", "-o", "name"))
	out := kubectl(t, "", "get", strings.Join(kinds, ","), "--all-namespaces", "-l", "app.kubernetes.io/part-of=glootrace", "-o", "name", "--ignore-not-found")
	for _, left := range strings.Fields(out) {
		if !strings.HasPrefix(left, "upstream.gloo.solo.io/") {
			t.Errorf("left: %s", left)
		}
	}
	await(t, "an apply with no webhook", func(ctx context.Context) error {
		_, err := newVirtualService(ctx, p.namespace, "afterwards")
		return err
	})
	if err := p.serves(t.Context()); err != nil {
		t.Error(err)
	}
	kubectl(t, "", "-n", p.namespace, "rollout", "restart", "deployment/gateway-proxy")
	kubectl(t, "", "-n", p.namespace, "rollout", "status", "deployment/gateway-proxy", "--timeout=2m")
	if err := p.serves(t.Context()); err != nil {
		t.Error(err)
	}
}
