package e2e

import (
	"context"
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const agent = "otel-agent"

func TestProxyGetsARunningNativeSidecar(t *testing.T) {
	install(t)
	p := startProxy(t, namespace(t, "pod-security.kubernetes.io/enforce=restricted"))
	await(t, "the agent", func(ctx context.Context) error {
		pod, err := p.pod(ctx)
		return errors.Join(err, runsAgent(pod))
	})
}

// The agent's next hop, and the agent itself, may be away: the proxy stays ready and serves.
func TestReadinessDoesNotDependOnTracing(t *testing.T) {
	install(t)
	p := startProxy(t, namespace(t))
	scale(t, "otel-collector", 0)
	t.Cleanup(func() { scale(t, "otel-collector", 1) })
	if _, err := p.get(t.Context(), "my-host", "/", ""); err != nil {
		t.Error(err)
	}
	// A proxy that starts while there is no collector.
	other := startProxy(t, namespace(t))
	pod, err := other.pod(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(runsAgent(pod), other.serves(t.Context())); err != nil {
		t.Error(err)
	}
	for _, c := range pod.Spec.InitContainers {
		if c.Name == agent && (c.ReadinessProbe != nil || c.StartupProbe != nil) {
			t.Error("the agent has a probe on which the proxy's readiness, or start, depends")
		}
	}
}

// runsAgent fails unless the pod has the agent as a native sidecar, and it runs.
func runsAgent(pod corev1.Pod) error {
	c := container(pod.Spec.InitContainers)
	if c == nil {
		return fmt.Errorf("the pod %s has no agent", pod.Name)
	}
	if c.RestartPolicy == nil || *c.RestartPolicy != corev1.ContainerRestartPolicyAlways {
		return fmt.Errorf("the agent of pod %s is no native sidecar", pod.Name)
	}
	for _, s := range pod.Status.InitContainerStatuses {
		if s.Name == agent && s.State.Running != nil {
			return nil
		}
	}
	return fmt.Errorf("the agent of pod %s does not run: %+v", pod.Name, pod.Status.InitContainerStatuses)
}

// container is the agent among containers.
func container(all []corev1.Container) *corev1.Container {
	for i := range all {
		if all[i].Name == agent {
			return &all[i]
		}
	}
	return nil
}

// scale gives a Deployment of the release a number of replicas, and waits until it has them.
func scale(t testing.TB, name string, replicas int32) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	s, err := cluster.AppsV1().Deployments(system).GetScale(ctx, name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.Spec.Replicas = replicas
	if _, err := cluster.AppsV1().Deployments(system).UpdateScale(ctx, name, s, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := poll(ctx, func(ctx context.Context) error { return available(ctx, system, name) }); err != nil {
		t.Fatal(err)
	}
}
