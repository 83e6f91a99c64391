package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The node, and with it everything, goes down at once and comes back.
func TestNodeRestart(t *testing.T) {
	install(t, "webhook.failurePolicy=Fail")
	p := startProxy(t, namespace(t))
	if out, err := program(t.Context(), "", "docker", "restart", "--time=0", node); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	await(t, "everything", func(ctx context.Context) error {
		n, err := cluster.CoreV1().Nodes().Get(ctx, node, metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, c := range n.Status.Conditions {
			if c.Type == corev1.NodeReady && c.Status != corev1.ConditionTrue {
				return errors.New("the node is not ready")
			}
		}
		return errors.Join(available(ctx, system, release), available(ctx, system, "otel-collector"),
			available(ctx, system, "zipkin"), available(ctx, p.namespace, "gateway-proxy"), p.serves(ctx))
	})
	if err := applyVirtualService(t.Context(), p.namespace, "after"); err != nil {
		t.Error(err)
	}
	pod, err := p.pod(t.Context())
	if err := errors.Join(err, runsAgent(pod)); err != nil {
		t.Error(err)
	}
	// Envoy may answer before the agent listens, and sends spans once only.
	await(t, "a trace", func(ctx context.Context) error {
		trace := p.request(t, "my-host", "/")
		ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
		defer cancel()
		return poll(ctx, func(ctx context.Context) error {
			_, err := zipkinTrace(ctx, trace)
			return err
		})
	})
}
