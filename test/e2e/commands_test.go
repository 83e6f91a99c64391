package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestCheckFindsWhatIsWrongAndVerifyFindsTheTrace(t *testing.T) {
	ns := lonely(t)
	install(t)
	startProxy(t, ns)
	// Gloo itself is not here; nothing else is wrong.
	if said, code := glootrace(t, "check"); code != 1 || strings.Count(said, "\n  fail ") != 1 || !strings.Contains(said, "no Deployment with label gloo=gloo") {
		t.Errorf("check ends with %d:\n%s", code, said)
	}
	said, code := glootrace(t, "verify", "--timeout", "60s", "--expect-service", "gateway-proxy", "--expect-status", "unset")
	if code != 0 {
		t.Errorf("verify ends with %d:\n%s", code, said)
	}

	scale(t, "otel-collector", 0)
	t.Cleanup(func() { scale(t, "otel-collector", 1) })
	if said, code := glootrace(t, "check"); code != 1 || !strings.Contains(said, "otel-collector") {
		t.Errorf("without a collector, check ends with %d:\n%s", code, said)
	}
	if said, code := glootrace(t, "verify"); code != 1 || !strings.Contains(said, "between the agent and the collector") {
		t.Errorf("without a collector, verify ends with %d:\n%s", code, said)
	}
}

// What started while nobody answered is told of once, and mended without losing a request.
func TestBackfillMendsWhatWasMissed(t *testing.T) {
	ns := lonely(t)
	install(t)
	p := startProxy(t, ns)
	restartUnseen(t, p)
	scale(t, release, 2)
	await(t, "one event about the Deployment", func(ctx context.Context) error {
		events, err := cluster.EventsV1().Events(ns).List(ctx, metav1.ListOptions{FieldSelector: "reason=MissedByGlootrace"})
		if err == nil && (len(events.Items) != 1 || events.Items[0].Regarding.Kind != "Deployment") {
			err = fmt.Errorf("there are %d: %v", len(events.Items), events.Items)
		}
		return err
	})
	await(t, "admission", func(ctx context.Context) error { // the node has to learn where the replicas are
		pod, err := newPod(ctx, ns, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil && container(pod.Spec.InitContainers) == nil {
			err = errors.New("a pod would get no agent")
		}
		return err
	})
	const what = "gateway-proxy"
	if plan, code := glootrace(t, "backfill", "--dry-run"); code != 1 || !strings.Contains(plan, what) {
		t.Errorf("the plan ends with %d:\n%s", code, plan)
	}
	l := p.keepAsking(t)
	if said, code := glootrace(t, "backfill"); code != 0 {
		t.Errorf("backfill ends with %d:\n%s", code, said)
	}
	l.stop(t)
	await(t, "the agent", func(ctx context.Context) error {
		pod, err := p.pod(ctx)
		return errors.Join(err, runsAgent(pod))
	})
	if plan, code := glootrace(t, "backfill", "--dry-run"); code != 0 {
		t.Errorf("afterwards the plan ends with %d:\n%s", code, plan)
	}
}

// A rollout that fails is undone: the pod of before stays, with the agent that it has, and serves all the while.
func TestBackfillUndoesARestartThatFails(t *testing.T) {
	ns := lonely(t)
	install(t)
	p := startProxy(t, ns)
	before, err := p.pod(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The next test's proxies are to have an agent that is there.
	t.Cleanup(func() {
		install(t)
		awaitAgent(t, ns, func(c *corev1.Container) bool { return c.Image != "glootrace/absent:1" })
	})
	install(t, "policy.agent.image=glootrace/absent:1")
	awaitAgent(t, ns, func(c *corev1.Container) bool { return c.Image == "glootrace/absent:1" })
	l := p.keepAsking(t)
	said, code := glootrace(t, "backfill", "--rollback", "--timeout", "10s", "--workload", ns+"/gateway-proxy")
	if code != 2 || !strings.Contains(said, "container otel-agent: ") || !strings.Contains(said, "ImagePull") || !strings.Contains(said, "its pods of before stay as they are") {
		t.Errorf("backfill ends with %d:\n%s", code, said)
	}
	await(t, "the end of the new pod", func(ctx context.Context) error {
		pod, err := p.pod(ctx)
		if err == nil && pod.UID != before.UID {
			err = errors.New("there is another pod, " + pod.Name)
		}
		return errors.Join(err, runsAgent(pod), available(ctx, ns, "gateway-proxy"))
	})
	l.stop(t)
}

// glootrace runs the program, and returns what it printed and its exit code.
func glootrace(t *testing.T, args ...string) (said string, code int) {
	out, err := program(t.Context(), "", os.Getenv("E2E_GLOOTRACE"), args...)
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return out, exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out, 0
}

// lonely is a namespace that no other test's is beside: the commands look at the whole cluster. What is left of a namespace
// without pods and Gateways, which goes with time, is nothing to them.
func lonely(t *testing.T) string {
	await(t, "the end of other tests' proxies", func(ctx context.Context) error {
		for _, what := range []string{"pods", "gateways.gateway.solo.io,virtualservices.gateway.solo.io,upstreams.gloo.solo.io"} {
			left, err := program(ctx, "", "kubectl", "get", what, "--all-namespaces", "--no-headers", "--field-selector", "metadata.namespace!="+system)
			for line := range strings.Lines(left) {
				if strings.HasPrefix(line, "e2e-") {
					err = errors.Join(err, errors.New("there is "+line))
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return namespace(t)
}
