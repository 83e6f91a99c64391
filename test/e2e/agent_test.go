package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A rollout of proxies whose agent has no image does not get far: those that run go on serving.
func TestIngressServesWhileTheAgentsImageIsMissing(t *testing.T) {
	install(t)
	p := startProxy(t, namespace(t))
	before, err := p.pod(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	requests := p.keepAsking(t)
	install(t, "policy.agent.image=glootrace/absent:1")
	awaitAgent(t, p.namespace, func(c *corev1.Container) bool { return c.Image == "glootrace/absent:1" })
	kubectl(t, "", "-n", p.namespace, "rollout", "restart", "deployment/gateway-proxy")
	await(t, "a pod that waits for the agent's image", func(ctx context.Context) error {
		next, err := p.successor(ctx, before)
		if err != nil {
			return err
		}
		s := agentStatus(next)
		if w := s.State.Waiting; w != nil && w.Reason == "ImagePullBackOff" {
			return nil
		}
		return fmt.Errorf("%+v", s.State)
	})
	requests.more(t, 20)

	// As soon as the Policy is right again, so is the next rollout.
	install(t)
	awaitAgent(t, p.namespace, func(c *corev1.Container) bool { return c.Image != "glootrace/absent:1" })
	kubectl(t, "", "-n", p.namespace, "rollout", "restart", "deployment/gateway-proxy")
	await(t, "the proxy", func(ctx context.Context) error { return available(ctx, p.namespace, "gateway-proxy") })
	requests.stop(t)
}

// awaitAgent waits until the webhook injects such an agent into the pods of a namespace.
func awaitAgent(t testing.TB, namespace string, such func(*corev1.Container) bool) {
	t.Helper()
	await(t, "the Policy", func(ctx context.Context) error {
		pod, err := newPod(ctx, namespace, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err != nil {
			return err
		}
		if c := container(pod.Spec.InitContainers); c == nil || !such(c) {
			return fmt.Errorf("the agent is %+v", c)
		}
		return nil
	})
}

// agentStatus is the state of a pod's agent.
func agentStatus(pod corev1.Pod) corev1.ContainerStatus {
	for _, s := range pod.Status.InitContainerStatuses {
		if s.Name == agent {
			return s
		}
	}
	return corev1.ContainerStatus{}
}

// successor is the pod of the proxy that is not the given one.
func (p proxy) successor(ctx context.Context, of corev1.Pod) (corev1.Pod, error) {
	all, err := pods(ctx, p.namespace, proxyLabels)
	for _, pod := range all {
		if pod.UID != of.UID {
			return pod, err
		}
	}
	return corev1.Pod{}, errors.Join(err, errors.New("there is no other pod"))
}

// An agent that comes up and dies, over and over, takes its pod's readiness with it while the kubelet waits to start it
// again: to Kubernetes a pod is ready if all its containers run, and there is no way around that. So a rollout must not
// go on because the first new pod was ready for a moment: minReadySeconds sees to that, and the pods before go on serving.
func TestIngressServesWhileTheAgentCrashes(t *testing.T) {
	install(t)
	p := startProxy(t, namespace(t))
	kubectl(t, "", "-n", p.namespace, "patch", "deployment", "gateway-proxy", "-p", `{"spec": {"minReadySeconds": 15}}`)
	before, err := p.pod(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	requests := p.keepAsking(t)
	install(t, "policy.agent.extraConfig.receivers.absent.endpoint=nowhere")
	awaitAgent(t, p.namespace, func(c *corev1.Container) bool { return strings.Contains(fmt.Sprint(c.Env), "absent") })
	kubectl(t, "", "-n", p.namespace, "rollout", "restart", "deployment/gateway-proxy")
	var ready, looks int
	await(t, "a pod whose agent has crashed again and again", func(ctx context.Context) error {
		next, err := p.successor(ctx, before)
		if err != nil {
			return err
		}
		looks++
		if podReady(next) {
			ready++
		}
		s := agentStatus(next)
		if w := s.State.Waiting; s.RestartCount < 2 || w == nil || w.Reason != "CrashLoopBackOff" {
			return fmt.Errorf("%d restarts, %+v", s.RestartCount, s.State)
		}
		return nil
	})
	t.Logf("the pod with the crashing agent was ready in %d of %d looks", ready, looks)
	requests.more(t, 20)

	install(t)
	awaitAgent(t, p.namespace, func(c *corev1.Container) bool { return !strings.Contains(fmt.Sprint(c.Env), "absent") })
	kubectl(t, "", "-n", p.namespace, "rollout", "restart", "deployment/gateway-proxy")
	await(t, "the proxy", func(ctx context.Context) error { return available(ctx, p.namespace, "gateway-proxy") })
	requests.stop(t)
}

func podReady(pod corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
