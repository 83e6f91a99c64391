package check

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func defaultPolicy(t testing.TB) string {
	t.Helper()
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(policy, []byte("apiVersion: glootrace.dev/v1alpha1\nkind: Policy\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return policy
}

func deployment(t testing.TB) *appsv1.Deployment { return deploymentOf(t, "gateway-proxy") }

func deploymentOf(t testing.TB, name string) *appsv1.Deployment {
	t.Helper()
	var d appsv1.Deployment
	if err := admin.Get(context.Background(), client.ObjectKey{Namespace: "gloo-system", Name: name}, &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

func generation(t testing.TB, name string) int64 { return deploymentOf(t, name).Generation }

// webhookless makes workloads, given as Kind/name, and a pod of each that has missed admission.
func webhookless(t testing.TB, manifests string, workloads ...string) {
	t.Helper()
	apply(t, manifests)
	for _, w := range workloads {
		kind, name, _ := strings.Cut(w, "/")
		owner := &unstructured.Unstructured{}
		owner.SetAPIVersion("apps/v1")
		owner.SetKind(kind)
		if err := admin.Get(t.Context(), client.ObjectKey{Namespace: "gloo-system", Name: name}, owner); err != nil {
			t.Fatal(err)
		}
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "gloo-system", Name: name + "-0", Labels: map[string]string{"gateway-proxy-id": name},
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(owner, owner.GroupVersionKind())}},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: name, Image: "envoy"}}},
		}
		if err := admin.Create(t.Context(), pod); err != nil {
			t.Fatal(err)
		}
		pod.Labels["gloo"] = "gateway-proxy" // the webhook selects by it
		if err := admin.Update(t.Context(), pod); err != nil {
			t.Fatal(err)
		}
		runPod(t, pod, true)
	}
}

// startPod makes a pod of a Deployment, as its controllers and a kubelet do. Unless the agent starts, a pod with one has no image for it.
func startPod(t testing.TB, d *appsv1.Deployment, agentStarts bool) (pod *corev1.Pod, ready bool) {
	t.Helper()
	owner := *metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))
	pod = &corev1.Pod{ObjectMeta: *d.Spec.Template.ObjectMeta.DeepCopy(), Spec: d.Spec.Template.Spec}
	pod.Namespace, pod.GenerateName, pod.OwnerReferences = d.Namespace, d.Name+"-", []metav1.OwnerReference{owner}
	if err := admin.Create(context.Background(), pod); err != nil {
		t.Fatal(err)
	}
	ready = agentStarts || len(pod.Spec.InitContainers) == 0
	runPod(t, pod, ready)
	return pod, ready
}

// runPod writes a pod's status as a kubelet does.
func runPod(t testing.TB, pod *corev1.Pod, ready bool) {
	t.Helper()
	if ready {
		pod.Status.Phase = corev1.PodRunning
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	} else {
		pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "otel-agent", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "no such image"}}}}
	}
	if err := admin.Status().Update(context.Background(), pod); err != nil {
		t.Fatal(err)
	}
}

// controllers stand in for those of the Deployment gateway-proxy: each change of its template brings a new pod.
type controllers struct {
	broken atomic.Bool // an agent does not start
	surge  bool        // pods of before go only when the new one is ready
	seen   int64       // the generation that its pods are of; the present one if it is not set
	rolled func()      // called after new pods have started, before their Deployment says so
}

func (c *controllers) start(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	t.Cleanup(func() { cancel(); <-ended })
	if c.seen == 0 {
		c.seen = deployment(t).Generation
	}
	go func() {
		defer close(ended)
		for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
			if d := deployment(t); d.Generation != c.seen {
				c.seen = d.Generation
				c.roll(t, d)
			}
		}
	}()
}

func (c *controllers) roll(t *testing.T, d *appsv1.Deployment) {
	before := podsOf(t)
	pod, ready := startPod(t, d, !c.broken.Load())
	stay := c.surge && !ready
	for _, p := range before {
		if stay && p.UID != pod.UID {
			continue
		}
		if err := admin.Delete(context.Background(), &p, client.GracePeriodSeconds(0)); err != nil {
			t.Error(err)
		}
	}
	if c.rolled != nil {
		c.rolled()
	}
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: c.seen, Replicas: 1, UpdatedReplicas: 1}
	if ready {
		d.Status.ReadyReplicas, d.Status.AvailableReplicas = 1, 1
	}
	if stay {
		d.Status.Replicas++
	}
	if err := admin.Status().Update(context.Background(), d); err != nil {
		t.Error(err)
	}
}

// podsOf are the Deployment's.
func podsOf(t testing.TB) []corev1.Pod {
	t.Helper()
	var pods corev1.PodList
	if err := admin.List(context.Background(), &pods, client.InNamespace("gloo-system")); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(pods.Items, func(p corev1.Pod) bool {
		owner := metav1.GetControllerOf(&p)
		return owner == nil || owner.Name != "gateway-proxy"
	})
}

// Where the pods of before still run, they are what there is to go back to.
func TestBackfillUndoesARestartThatFails(t *testing.T) {
	_, binary := missed(t)
	c := &controllers{surge: true}
	c.broken.Store(true)
	c.start(t)
	begin, template, serving := versions(t), deployment(t).Spec.Template, podsOf(t)[0].UID
	out, errs, code := command(t, binary, "backfill", "--kubeconfig", cluster.Kubeconfig, "--timeout", "2s", "--rollback")
	if code != 2 || !regexp.MustCompile(`Deployment gloo-system/gateway-proxy: not restarted within 2s: 1 of 1 new, 0 available; pod gateway-proxy-\w+: container otel-agent: ImagePullBackOff: no such image`).MatchString(errs) ||
		out != "rolled back Deployment gloo-system/gateway-proxy: its pods of before stay as they are\n" {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if got := deployment(t).Spec.Template; !equality.Semantic.DeepEqual(got, template) {
		t.Errorf("the template is\n%+v\nand was\n%+v", got, template)
	}
	if !slices.ContainsFunc(podsOf(t), func(p corev1.Pod) bool { return p.UID == serving }) {
		t.Error("the pod that served is gone")
	}
	end := versions(t)
	delete(begin, "deployment")
	delete(end, "deployment")
	if !same(begin, end) {
		t.Error("objects were touched all the same")
	}
}

// Where they are gone, proxies without the agent are better than none; and there is a way back.
func TestBackfillOptsOutWhatCanNotGoBack(t *testing.T) {
	_, binary := missed(t)
	c := &controllers{}
	c.broken.Store(true)
	c.start(t)
	args := []string{"backfill", "--kubeconfig", cluster.Kubeconfig, "--timeout", "20s", "--workload", "gloo-system/gateway-proxy"}
	out, errs, code := command(t, binary, append(args, "--timeout", "2s", "--rollback")...)
	_, back, found := strings.Cut(strings.TrimSpace(out), "; when the agent is mended: kubectl ")
	if code != 2 || !found || !strings.HasPrefix(out, `rolled back Deployment gloo-system/gateway-proxy: of its 1 pods of before 1 are gone, so all start without the agent, annotated glootrace.dev/inject: "false"; `) {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	eventually(t, func() bool { return deployment(t).Status.AvailableReplicas == 1 }, func() string { return "a Deployment without a pod that is ready" })
	c.broken.Store(false)
	out, errs, code = command(t, binary, args...)
	if code != 0 || out != `opted out Deployment gloo-system/gateway-proxy: its pods are annotated glootrace.dev/inject: "false"; to take that back: kubectl `+back+"\nnothing else was missed\n" {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	kubectl(t, strings.Fields(strings.ReplaceAll(back, "'", ""))...)
	eventually(t, func() bool { pods := podsOf(t); return len(pods) == 1 && len(pods[0].Spec.InitContainers) == 1 }, func() string { return "a pod without an agent" })
	if out, errs, code := command(t, binary, args...); code != 0 || out != "nothing was missed\n" {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}
