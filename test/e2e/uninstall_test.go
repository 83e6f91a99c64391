package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func TestUninstallLeavesNothingAndProxiesServe(t *testing.T) {
	install(t)
	p := startProxy(t, namespace(t))
	uninstall(t)
	var kinds []string
	for _, kind := range strings.Fields(kubectl(t, "", "api-resources", "--verbs=list,delete", "-o", "name")) {
		if kind != "endpoints" { // asking for which draws a warning; the slices tell the same
			kinds = append(kinds, kind)
		}
	}
	await(t, "the end of everything", func(ctx context.Context) error {
		out, err := program(ctx, "", "kubectl", "get", strings.Join(kinds, ","), "--all-namespaces", "-l", "app.kubernetes.io/part-of=glootrace", "-o", "name")
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		var left []string
		for _, name := range strings.Fields(out) {
			if !strings.HasPrefix(name, "upstream.gloo.solo.io/") { // Gateways refer to them
				left = append(left, name)
			}
		}
		out, err = program(ctx, "", "kubectl", "get", "leases", "-n", system, "-o", "name")
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		left = append(left, strings.Fields(out)...) // a replica on its way out may have made one anew, without labels
		if len(left) > 0 {
			return fmt.Errorf("left: %v", left)
		}
		return nil
	})
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
