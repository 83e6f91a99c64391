package e2e

import (
	"context"
	"errors"
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// With no webhook at all, ingress comes first: proxies start, and serve.
func TestProxiesStartWithoutTheWebhook(t *testing.T) {
	install(t)
	p := startProxy(t, namespace(t)) // its objects are admitted while there is a webhook
	restartUnseen(t, p)
	if err := p.serves(t.Context()); err != nil {
		t.Error(err)
	}
}

// restartUnseen restarts a proxy while there is no webhook, and waits until its new pod is there, without an agent. The
// webhook is back at the end of the test.
func restartUnseen(t *testing.T, p proxy) {
	t.Helper()
	scale(t, release, 0)
	t.Cleanup(func() { scale(t, release, 2) })
	await(t, "the end of the last replica", func(ctx context.Context) error { // which answers while it is going
		left, err := cluster.CoreV1().Pods(system).List(ctx, metav1.ListOptions{LabelSelector: webhookLabels})
		if err == nil && len(left.Items) > 0 {
			err = fmt.Errorf("%d replicas are left", len(left.Items))
		}
		return err
	})
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
}
