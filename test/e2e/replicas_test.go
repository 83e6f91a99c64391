package e2e

import (
	"context"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const webhookLabels = "app.kubernetes.io/name=glootrace,app.kubernetes.io/component=webhook"

func TestReplicasGoOneByOneUnderLoad(t *testing.T) {
	install(t, "webhook.failurePolicy=Fail")
	l := keepApplying(t, namespace(t))
	l.more(t, 50)
	before, err := pods(t.Context(), system, webhookLabels)
	if err != nil || len(before) != 2 {
		t.Fatalf("%d replicas, %v", len(before), err)
	}
	for _, pod := range before {
		if err := cluster.CoreV1().Pods(system).Delete(t.Context(), pod.Name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		await(t, "the end of "+pod.Name, func(ctx context.Context) error { return ended(ctx, pod) })
		await(t, "its successor", func(ctx context.Context) error { return available(ctx, system, release) })
		l.more(t, 50)
	}
	l.stop(t)
}

// ended fails while a pod is still there.
func ended(ctx context.Context, pod corev1.Pod) error {
	now, err := cluster.CoreV1().Pods(pod.Namespace).Get(ctx, pod.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) || err == nil && now.UID != pod.UID {
		return nil
	}
	return fmt.Errorf("it is still there (%v)", err)
}
