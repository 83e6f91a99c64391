package check

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/glootrace/glootrace/internal/backfill"
	"github.com/glootrace/glootrace/test/env"
	"github.com/glootrace/glootrace/test/transcript"
)

// before is what was there before the webhook, and an object that opts out.
const before = gloo + `
---
{apiVersion: gateway.solo.io/v1, kind: VirtualService, metadata: {name: alone, namespace: gloo-system, annotations: {glootrace.dev/inject: "false"}}, spec: {virtualHost: {domains: [alone.example.com]}}}
`

// missed makes that world, and then starts the webhook.
func missed(t *testing.T) (webhook *env.Webhook, binary string) {
	t.Helper()
	t.Cleanup(func() { wipe(t) })
	apply(t, before)
	startPod(t, deployment(t), true)
	var err error
	if webhook, err = cluster.Webhook(t.Context(), defaultPolicy(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { webhook.Stop() })
	if binary, err = cluster.Glootrace(t.Context()); err != nil {
		t.Fatal(err)
	}
	return webhook, binary
}

// versions are those of everything that a backfill might touch.
func versions(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{"deployment": deployment(t).ResourceVersion}
	for _, kind := range []schema.GroupVersionKind{{Group: "gateway.solo.io", Version: "v1", Kind: "Gateway"}, {Group: "gateway.solo.io", Version: "v1", Kind: "VirtualService"}, {Group: "gloo.solo.io", Version: "v1", Kind: "Upstream"}} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind)
		if err := admin.List(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		for _, o := range list.Items {
			all[kind.Kind+" "+o.GetName()] = o.GetResourceVersion()
		}
	}
	return all
}

func same(a, b map[string]string) bool {
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return len(a) == len(b)
}

func TestBackfillMendsWhatWasMissed(t *testing.T) {
	_, binary := missed(t)
	args := []string{"backfill", "--kubeconfig", cluster.Kubeconfig, "--timeout", "20s"}
	begin := versions(t)
	out, errs, code := command(t, binary, append(args, "--dry-run", "-o", "json")...)
	var plan backfill.Plan
	if err := json.Unmarshal([]byte(out), &plan); err != nil || code != 1 || errs != "" {
		t.Fatalf("%v, exit code %d: %s%s", err, code, out, errs)
	}
	if len(plan.Restarts) != 1 || plan.Restarts[0].String() != "Deployment gloo-system/gateway-proxy" ||
		len(plan.Objects) != 2 || plan.Objects[0].String() != "Gateway gloo-system/gateway-proxy" || plan.Objects[1].String() != "VirtualService gloo-system/shop" ||
		len(plan.Left) != 1 || plan.Left[0].Name != "gateway-proxy-0" {
		t.Errorf("got %+v", plan)
	}
	if !same(begin, versions(t)) {
		t.Error("a dry run has changed something")
	}
	const shown = "../../docs/backfill.md"
	pods := transcript.Varying{This: `gateway-proxy-[a-z0-9]{5}\b`, Reads: "gateway-proxy-6b9f4"}
	out, _, _ = command(t, binary, append(args, "--dry-run")...)
	transcript.Shown(t, shown, "glootrace backfill --dry-run", out, pods)

	(&controllers{}).start(t)
	out, errs, code = command(t, binary, args...)
	t.Logf("exit code %d\n%s%s", code, out, errs)
	transcript.Shown(t, shown, "glootrace backfill", out, pods, transcript.Varying{This: `in \d+s`, Reads: "in 12s"})
	var did []string
	for line := range strings.Lines(out) {
		did = append(did, strings.Join(strings.Fields(line)[:3], " "))
	}
	want := []string{"restarted Deployment gloo-system/gateway-proxy", "completed Gateway gloo-system/gateway-proxy:", "completed VirtualService gloo-system/shop:", "left Pod gloo-system/gateway-proxy-0:"}
	if code != 1 || errs != "" || !slices.Equal(did, want) {
		t.Errorf("got %q, want %q", did, want)
	}
	if end := versions(t); end["VirtualService alone"] != begin["VirtualService alone"] || end["Upstream opentelemetry-agent"] != begin["Upstream opentelemetry-agent"] {
		t.Error("what was not to be touched has changed")
	}
	kubectl(t, "delete", "pod", "-n", "gloo-system", "gateway-proxy-0", "--grace-period=0", "--force")
	if out, errs, code := command(t, binary, args...); code != 0 || out != "nothing was missed\n" {
		t.Errorf("the second time it exits with %d: %s%s", code, out, errs)
	}
}

func TestBackfillRestartsNothingForNothing(t *testing.T) {
	webhook, binary := missed(t)
	policy := defaultPolicy(t)
	if err := webhook.Stop(); err != nil { // and its configurations with it
		t.Fatal(err)
	}
	generation := deployment(t).Generation
	out, errs, code := command(t, binary, "backfill", "--kubeconfig", cluster.Kubeconfig, "--policy", policy)
	if code != 2 || out != "" || !strings.Contains(errs, "not restarted, for a new pod would get no agent either") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if deployment(t).Generation != generation {
		t.Error("the Deployment was changed")
	}
	if _, errs, code := command(t, binary, "backfill", "--kubeconfig", cluster.Kubeconfig); code != 2 || !strings.Contains(errs, "without the webhook there is nothing to go by") {
		t.Errorf("without a Policy: exit code %d, %s", code, errs)
	}
}

// What a changed template does not bring to pods is left, and keeps nothing else from being done.
func TestBackfillLeavesWhatDoesNotRoll(t *testing.T) {
	_, binary := missed(t)
	(&controllers{}).start(t)
	webhookless(t, `
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: each, namespace: gloo-system}, spec: {updateStrategy: {type: OnDelete},
  selector: {matchLabels: {gloo: gateway-proxy, gateway-proxy-id: each}}, template: {metadata: {labels: {gloo: gateway-proxy, gateway-proxy-id: each}}, spec: {containers: [{name: each, image: envoy}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: paused, namespace: gloo-system}, spec: {paused: true,
  selector: {matchLabels: {gloo: gateway-proxy, gateway-proxy-id: paused}}, template: {metadata: {labels: {gloo: gateway-proxy, gateway-proxy-id: paused}}, spec: {containers: [{name: paused, image: envoy}]}}}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: parted, namespace: gloo-system}, spec: {serviceName: parted, updateStrategy: {rollingUpdate: {partition: 1}},
  selector: {matchLabels: {gloo: gateway-proxy, gateway-proxy-id: parted}}, template: {metadata: {labels: {gloo: gateway-proxy, gateway-proxy-id: parted}}, spec: {containers: [{name: parted, image: envoy}]}}}}
`, "DaemonSet/each", "Deployment/paused", "StatefulSet/parted")
	args := []string{"backfill", "--kubeconfig", cluster.Kubeconfig, "--timeout", "20s"}
	if out, errs, code := command(t, binary, append(args, "--workload", "gloo-system/paused")...); code != 1 ||
		!regexp.MustCompile(`^leave     Deployment gloo-system/paused: paused-0, without agent: it is paused: kubectl -n gloo-system rollout resume deployment paused, .*\nnothing else was missed\n$`).MatchString(out) {
		t.Errorf("of one workload, it exits with %d: %s%s", code, out, errs)
	}
	if _, errs, code := command(t, binary, append(args, "--workload", "gloo-system/nope")...); code != 2 || !strings.Contains(errs, "there is no Deployment, DaemonSet or StatefulSet gloo-system/nope") {
		t.Errorf("of a workload that is not there, it exits with %d: %s", code, errs)
	}
	out, errs, code := command(t, binary, args...)
	if code != 1 || !strings.Contains(out, "restarted   Deployment gloo-system/gateway-proxy in") ||
		!strings.Contains(out, "left        DaemonSet gloo-system/each: each-0, without agent: its updateStrategy is OnDelete: delete its pods yourself, one by one") ||
		!strings.Contains(out, "left        Deployment gloo-system/paused: paused-0") ||
		!strings.Contains(out, "left        StatefulSet gloo-system/parted: parted-0, without agent: partition 1 of its updateStrategy keeps pods of lower numbers as they are") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}

// The webhook may be gone by the time that the second workload is come to.
func TestBackfillAsksBeforeEachWorkload(t *testing.T) {
	webhook, binary := missed(t)
	webhookless(t, `
{apiVersion: apps/v1, kind: Deployment, metadata: {name: second, namespace: gloo-system}, spec: {
  selector: {matchLabels: {gloo: gateway-proxy, gateway-proxy-id: second}}, template: {metadata: {labels: {gloo: gateway-proxy, gateway-proxy-id: second}}, spec: {containers: [{name: second, image: envoy}]}}}}
`, "Deployment/second")
	policy := defaultPolicy(t)
	(&controllers{rolled: func() {
		if err := webhook.Stop(); err != nil {
			t.Error(err)
		}
	}}).start(t)
	second := generation(t, "second")
	out, errs, code := command(t, binary, "backfill", "--kubeconfig", cluster.Kubeconfig, "--timeout", "20s", "--policy", policy)
	if code != 2 || !strings.Contains(out, "restarted   Deployment gloo-system/gateway-proxy in") ||
		!strings.Contains(errs, "Deployment gloo-system/second: not restarted, for a new pod would get no agent either") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if generation(t, "second") != second {
		t.Error("it was restarted all the same")
	}
}

func TestInterruptedBackfillIsTakenUpWhereItWas(t *testing.T) {
	_, binary := missed(t)
	before := deployment(t).Generation
	args := []string{"backfill", "--kubeconfig", cluster.Kubeconfig, "--timeout", "20s", "--workload", "gloo-system/gateway-proxy"}
	cmd, errs := begun(t, binary, args...)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if want := "error: Deployment gloo-system/gateway-proxy: interrupted, and its rollout goes on; glootrace backfill, run again, waits for it\n"; errs.String() != want {
		t.Errorf("it says %q, want %q", errs.String(), want)
	}
	interrupted := deployment(t).Generation
	if out, _, _ := command(t, binary, append(args, "--dry-run")...); !strings.Contains(out, "without agent; its restart is under way") {
		t.Errorf("the plan is %s", out)
	}
	since, err := time.Parse(time.RFC3339, deployment(t).Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"])
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return time.Since(since) > time.Second }, time.Now().String) // another restart would be of another second
	slow := &controllers{surge: true, seen: before}
	slow.broken.Store(true)
	slow.start(t)
	eventually(t, func() bool { return deployment(t).Status.UpdatedReplicas == 1 }, func() string { return "a Deployment without a new pod" })
	if out, errs, code := command(t, binary, append(args, "--timeout", "1s")...); code != 2 || !strings.Contains(errs, "not restarted within 1s: 1 of 1 new, 0 available") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if deployment(t).Generation != interrupted {
		t.Error("it was restarted once more")
	}
}

// begun runs a backfill until it has begun to restart the Deployment.
func begun(t *testing.T, binary string, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	before := deployment(t).Generation
	cmd, stderr = exec.CommandContext(t.Context(), binary, args...), &bytes.Buffer{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return deployment(t).Generation > before }, func() string { return "a Deployment that is not restarted" })
	return cmd, stderr
}

func TestBackfillDoesNotWaitForAPausedDeployment(t *testing.T) {
	_, binary := missed(t)
	cmd, errs := begun(t, binary, "backfill", "--kubeconfig", cluster.Kubeconfig, "--timeout", "1m")
	kubectl(t, "patch", "deployment", "-n", "gloo-system", "gateway-proxy", "-p", `{"spec": {"paused": true}}`)
	cmd.Wait()
	if want := "error: Deployment gloo-system/gateway-proxy: no new pods any more: it is paused: kubectl -n gloo-system rollout resume deployment gateway-proxy, and run this again\n"; errs.String() != want {
		t.Errorf("it says %q, want %q", errs, want)
	}
}

func TestBackfillNamesTheConfigMapOfAWrongPolicy(t *testing.T) {
	w := newWorld(t)
	change(w, &corev1.ConfigMap{}, "policy", func(m *corev1.ConfigMap) { m.Data["policy.yaml"] = w.policy + "agnt: {}\n" })
	binary, err := cluster.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, errs, code := command(t, binary, "backfill", "--kubeconfig", cluster.Kubeconfig, "--webhook-config", w.namespace)
	if want := "ConfigMap " + w.namespace + "/policy: policy.yaml:4: unknown field agnt"; code != 2 || !strings.Contains(errs, want) {
		t.Errorf("exit code %d, %s; want %s", code, errs, want)
	}
}
