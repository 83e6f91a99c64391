package chart

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/test/env"
	"github.com/glootrace/glootrace/test/port"
)

// As the chart's service account and with the chart's arguments, the webhook becomes ready, keeps its certificate, finds
// what was missed and mends it; nothing that it tries is forbidden.
func TestRolesAllowWhatTheWebhookDoes(t *testing.T) {
	e, c := cluster(t)
	h := helms["v4"]
	uninstallAtTheEnd(t, h, e)
	helm(t, h, e, "install", release, chartDir, "--set", "policy.audit.mode=repair")
	missedObjects(t, c, namespace)

	log := filepath.Join(t.TempDir(), "log")
	health := startAsInstalled(t, e, c, log, namespace, release)
	for what, holds := range map[string]func() bool{
		"ready": func() bool {
			response, err := http.Get("http://" + health + "/readyz")
			if err != nil {
				return false
			}
			response.Body.Close()
			return response.StatusCode == http.StatusOK
		},
		"a mended Gateway": func() bool {
			g := get(t, c, "gateway.solo.io/v1", "Gateway", "missed")
			return strings.Contains(fmt.Sprint(g.Object["spec"]), "opentelemetry-agent")
		},
		"a mended Upstream": func() bool {
			u := get(t, c, "gloo.solo.io/v1", "Upstream", "missed")
			return strings.Contains(fmt.Sprint(u.Object["spec"]), "useHttp2")
		},
		"an event about the Secret":     func() bool { return told(t, c, "Secret") },
		"an event about the Deployment": func() bool { return told(t, c, "Deployment") },
	} {
		err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, time.Minute, true,
			func(context.Context) (bool, error) { return holds(), nil })
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	t.Run("rotation", func(t *testing.T) { rotatesAtOnce(t, e, c, h) })
	said, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if t.Failed() || strings.Contains(string(said), "forbidden") {
		t.Errorf("the webhook says:\n%s", said)
	}
}

// rotatesAtOnce does what docs/certificates.md says of a Secret that is emptied, and of one that was deleted.
func rotatesAtOnce(t *testing.T, e *env.Env, c client.Client, h *env.Helm) {
	ca := func() (ca []byte, err error) {
		var secret corev1.Secret
		err = c.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "glootrace-certs"}, &secret)
		return secret.Data["ca.crt"], err
	}
	for what, lose := range map[string]func(){
		"emptied": func() {
			kubectl(t, e, "", "-n", namespace, "patch", "secret", "glootrace-certs", "--type=merge", "-p", `{"data":null}`)
		},
		"deleted": func() {
			kubectl(t, e, "", "-n", namespace, "delete", "secret", "glootrace-certs")
			helm(t, h, e, "upgrade", release, chartDir, "--reuse-values")
		},
	} {
		before, err := ca()
		if err != nil || len(before) == 0 {
			t.Fatalf("before the Secret is %s it holds no CA: %v", what, err)
		}
		lose()
		eventually(t, "another CA in the Secret that was "+what, func() error {
			if after, err := ca(); err != nil || len(after) == 0 || bytes.Equal(before, after) {
				return fmt.Errorf("%d bytes, error %v", len(after), err)
			}
			return nil
		})
	}
}

// TestNoRoleAllowsMoreThanIsUsed takes one rule after the other from the roles: without it something is forbidden that
// the webhook tries. Each has a namespace of its own, so that all are tried at once.
func TestNoRoleAllowsMoreThanIsUsed(t *testing.T) {
	e, c := cluster(t)
	h := helms["v4"]
	uninstallAtTheEnd(t, h, e)
	helm(t, h, e, "install", release, chartDir, "--set", "policy.audit.mode=repair")
	var clusterRole rbacv1.ClusterRole
	var role rbacv1.Role
	for key, o := range map[client.ObjectKey]client.Object{{Name: release}: &clusterRole, {Namespace: namespace, Name: release}: &role} {
		if err := c.Get(t.Context(), key, o); err != nil {
			t.Fatal(err)
		}
	}
	all := append(slices.Clone(clusterRole.Rules), role.Rules...)
	t.Run("without", func(t *testing.T) {
		for i, rule := range all {
			what := strings.Join(append(slices.Clone(rule.Verbs), rule.Resources...), " ")
			t.Run(what, func(t *testing.T) {
				t.Parallel()
				in := fmt.Sprintf("without-%d", i)
				n := len(clusterRole.Rules)
				all := slices.Clone(all)
				all[i] = rbacv1.PolicyRule{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"nothing"}}
				account(t, c, in, all[:n], all[n:])
				missedObjects(t, c, in)
				log := filepath.Join(t.TempDir(), "log")
				startAsInstalled(t, e, c, log, in, release)
				tried := regexp.MustCompile(`cannot (` + strings.Join(rule.Verbs, "|") + `) resource \\?"(` + strings.Join(rule.Resources, "|") + `)\\?"`)
				err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
					said, err := os.ReadFile(log)
					return tried.Match(said), err
				})
				if err != nil {
					t.Errorf("nothing that the webhook tries is forbidden without it: %v", err)
				}
			})
		}
	})
}

// account makes a namespace and in it a service account called as the release is, with these rights everywhere and there,
// and the Lease and the Secret of the release.
func account(t *testing.T, c client.Client, namespace string, everywhere, there []rbacv1.PolicyRule) {
	meta := metav1.ObjectMeta{Namespace: namespace, Name: release}
	global := metav1.ObjectMeta{Name: namespace}
	subjects := []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: namespace, Name: release}}
	for _, o := range []client.Object{
		&corev1.Namespace{ObjectMeta: global},
		&corev1.ServiceAccount{ObjectMeta: meta},
		&coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "glootrace-auditor"}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "glootrace-certs", Annotations: map[string]string{"glootrace.dev/certificates": "self-managed"}}},
		&rbacv1.ClusterRole{ObjectMeta: global, Rules: everywhere},
		&rbacv1.Role{ObjectMeta: meta, Rules: there},
		&rbacv1.ClusterRoleBinding{ObjectMeta: global, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: namespace}},
		&rbacv1.RoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: release}},
	} {
		if err := c.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Delete(context.WithoutCancel(t.Context()), o) })
	}
}

// missedObjects makes what nobody answered for in a namespace: a Gateway, a collector's Upstream and a Deployment's pod.
// No controllers run here.
func missedObjects(t *testing.T, c client.Client, namespace string) {
	upstream := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "gloo.solo.io/v1", "kind": "Upstream", "metadata": map[string]any{"namespace": namespace, "name": "missed"},
		"spec": map[string]any{"static": map[string]any{"hosts": []any{map[string]any{"addr": "192.0.2.1", "port": int64(4317)}}}},
	}}
	user := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "gateway.solo.io/v1", "kind": "Gateway", "metadata": map[string]any{"namespace": namespace, "name": "user"},
		"spec": map[string]any{"httpGateway": map[string]any{"options": map[string]any{"httpConnectionManagerSettings": map[string]any{"tracing": map[string]any{
			"openTelemetryConfig": map[string]any{"collectorUpstreamRef": map[string]any{"namespace": namespace, "name": "missed"}}}}}}},
	}}
	gateway := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "gateway.solo.io/v1", "kind": "Gateway", "metadata": map[string]any{"namespace": namespace, "name": "missed"},
		"spec": map[string]any{"httpGateway": map[string]any{}},
	}}
	labels := map[string]string{"gloo": "gateway-proxy"}
	meta := metav1.ObjectMeta{Namespace: namespace, Name: "missed", Labels: labels}
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: labels},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "envoy", Image: "envoy"}}},
	}
	create := func(o, owner client.Object, kind string) {
		if owner != nil {
			controls := true
			o.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "apps/v1", Kind: kind, Name: owner.GetName(), UID: owner.GetUID(), Controller: &controls}})
		}
		if err := c.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Delete(context.WithoutCancel(t.Context()), o, client.GracePeriodSeconds(0)) })
	}
	selector := &metav1.LabelSelector{MatchLabels: labels}
	deployment := &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Selector: selector, Template: template}}
	replicaSet := &appsv1.ReplicaSet{ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{Selector: selector, Template: template}}
	create(upstream, nil, "")
	create(user, nil, "")
	create(gateway, nil, "")
	create(deployment, nil, "")
	create(replicaSet, deployment, "Deployment")
	create(&corev1.Pod{ObjectMeta: meta, Spec: template.Spec}, replicaSet, "ReplicaSet")
}

// told tells whether there is an event about an object of a kind.
func told(t *testing.T, c client.Client, kind string) bool {
	var events eventsv1.EventList
	if err := c.List(t.Context(), &events, client.InNamespace(namespace)); err != nil {
		t.Fatal(err)
	}
	for _, e := range events.Items {
		if e.Regarding.Kind == kind {
			return true
		}
	}
	return false
}

// startAsInstalled runs what the release's Deployment would, in a namespace and as a service account there, for what is
// in that namespace, and returns where it answers probes.
func startAsInstalled(t *testing.T, e *env.Env, c client.Client, log, in, account string) (health string) {
	binary, err := e.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pod, policy := installed(t, c)
	file := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(file, []byte(policy+"\nnamespaces: ["+in+"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	free, err := port.Free("127.0.0.1", 2)
	if err != nil {
		t.Fatal(err)
	}
	health = free[1]
	host, port, _ := net.SplitHostPort(free[0])
	cmd := exec.Command(binary, append(pod.Containers[0].Args, // the last of a flag counts
		"--kubeconfig", kubeconfigOf(t, e, c, in, account), "--policy", file, "--audit-interval", "100ms",
		"--bind-address", host, "--port", port, "--health-address", health, "--metrics-address", "0")...)
	cmd.Env = append(os.Environ(), "POD_NAMESPACE="+in)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.End(cmd); err != nil {
			t.Error(err)
		}
	})
	return health
}
