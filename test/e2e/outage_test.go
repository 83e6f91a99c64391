package e2e

import (
	"context"
	"errors"
	"testing"
)

// With no webhook at all, ingress comes first: proxies start, and serve.
func TestProxiesStartWithoutTheWebhook(t *testing.T) {
	install(t)
	p := startProxy(t, namespace(t)) // its objects are admitted while there is a webhook
	scale(t, release, 0)
	t.Cleanup(func() { scale(t, release, 2) })
	before, err := p.pod(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kubectl(t, "", "-n", p.namespace, "rollout", "restart", "deployment/gateway-proxy")
	await(t, "the proxy without an agent", func(ctx context.Context) error {
		pod, err := p.pod(ctx)
		if err != nil {
			return err
		}
		if pod.UID == before.UID {
			return errors.New("it is the one before")
		}
		if container(pod.Spec.InitContainers) != nil {
			t.Fatal("it has an agent, though nobody is there to add one")
		}
		return available(ctx, p.namespace, "gateway-proxy")
	})
	if err := p.serves(t.Context()); err != nil {
		t.Error(err)
	}
}
