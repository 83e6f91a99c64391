package check

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/backfill"
	"github.com/glootrace/glootrace/test/env"
	"github.com/glootrace/glootrace/test/transcript"
)

// before is what was there before the webhook: a proxy of a Deployment, one that nobody makes, and objects of which
// one opts out.
const before = gloo + `
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: gateway-proxy, namespace: gloo-system}, spec: {replicas: 1,
  selector: {matchLabels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}},
  template: {metadata: {labels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}}, spec: {containers: [{name: gateway-proxy, image: envoy}]}}}}
---
{apiVersion: gateway.solo.io/v1, kind: VirtualService, metadata: {name: alone, namespace: gloo-system, annotations: {glootrace.dev/inject: "false"}}, spec: {virtualHost: {domains: [alone.example.com]}}}
`

// missed makes that world, and then starts the webhook.
func missed(t *testing.T) (webhook *env.Webhook, binary string) {
	t.Helper()
	t.Cleanup(func() { wipe(t) })
	apply(t, before)
	startPod(t, deployment(t))
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(policy, []byte("apiVersion: glootrace.dev/v1alpha1\nkind: Policy\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if webhook, err = cluster.Webhook(t.Context(), policy); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { webhook.Stop() })
	if binary, err = cluster.Glootrace(t.Context()); err != nil {
		t.Fatal(err)
	}
	return webhook, binary
}

func deployment(t testing.TB) *appsv1.Deployment {
	t.Helper()
	var d appsv1.Deployment
	if err := admin.Get(context.Background(), client.ObjectKey{Namespace: "gloo-system", Name: "gateway-proxy"}, &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

// startPod makes a pod of a Deployment, as its controllers and a kubelet do.
func startPod(t testing.TB, d *appsv1.Deployment) *corev1.Pod {
	t.Helper()
	owner := *metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))
	pod := &corev1.Pod{ObjectMeta: *d.Spec.Template.ObjectMeta.DeepCopy(), Spec: d.Spec.Template.Spec}
	pod.Namespace, pod.GenerateName, pod.OwnerReferences = d.Namespace, d.Name+"-", []metav1.OwnerReference{owner}
	if err := admin.Create(context.Background(), pod); err != nil {
		t.Fatal(err)
	}
	pod.Status.Phase = corev1.PodRunning
	if err := admin.Status().Update(context.Background(), pod); err != nil {
		t.Fatal(err)
	}
	return pod
}

// controllers stand in for those of Deployments: each change of the template brings a new pod, available or not.
func controllers(t *testing.T, available bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	t.Cleanup(func() { cancel(); <-ended })
	seen := deployment(t).Generation
	go func() {
		defer close(ended)
		for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
			d := deployment(t)
			if d.Generation == seen {
				continue
			}
			seen = d.Generation
			d.Status = appsv1.DeploymentStatus{ObservedGeneration: seen, Replicas: 1, UpdatedReplicas: 1}
			if available {
				for _, p := range podsOf(t) {
					if err := admin.Delete(ctx, &p, client.GracePeriodSeconds(0)); err != nil && ctx.Err() == nil {
						t.Error(err)
					}
				}
				startPod(t, d)
				d.Status.ReadyReplicas, d.Status.AvailableReplicas = 1, 1
			}
			if err := admin.Status().Update(ctx, d); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	}()
}

// podsOf are the Deployment's.
func podsOf(t testing.TB) []corev1.Pod {
	t.Helper()
	var pods corev1.PodList
	if err := admin.List(context.Background(), &pods, client.InNamespace("gloo-system")); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(pods.Items, func(p corev1.Pod) bool { return metav1.GetControllerOf(&p) == nil })
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

	controllers(t, true)
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

func TestBackfillStopsAtAProxyThatDoesNotComeUp(t *testing.T) {
	_, binary := missed(t)
	controllers(t, false)
	begin := versions(t)
	out, errs, code := command(t, binary, "backfill", "--kubeconfig", cluster.Kubeconfig, "--timeout", "2s", "--rollback")
	if code != 2 || !strings.Contains(errs, "Deployment gloo-system/gateway-proxy: not restarted within 2s: 1 of 1 new, 0 available") ||
		!strings.Contains(out, `rolled back Deployment gloo-system/gateway-proxy: its pods are annotated glootrace.dev/inject: "false"`) {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if got := deployment(t).Spec.Template.Annotations["glootrace.dev/inject"]; got != "false" {
		t.Errorf("the template says %q", got)
	}
	end := versions(t)
	delete(begin, "deployment")
	delete(end, "deployment")
	if !same(begin, end) {
		t.Error("objects were touched all the same")
	}
}

func TestBackfillRestartsNothingForNothing(t *testing.T) {
	webhook, binary := missed(t)
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(policy, []byte("apiVersion: glootrace.dev/v1alpha1\nkind: Policy\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := webhook.Stop(); err != nil { // and its configurations with it
		t.Fatal(err)
	}
	generation := deployment(t).Generation
	out, errs, code := command(t, binary, "backfill", "--kubeconfig", cluster.Kubeconfig, "--policy", policy)
	if code != 2 || out != "" || !strings.Contains(errs, "nothing was restarted, for a new pod would get no agent either") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if deployment(t).Generation != generation {
		t.Error("the Deployment was changed")
	}
	if _, errs, code := command(t, binary, "backfill", "--kubeconfig", cluster.Kubeconfig); code != 2 || !strings.Contains(errs, "without the webhook there is nothing to go by") {
		t.Errorf("without a Policy: exit code %d, %s", code, errs)
	}
}
