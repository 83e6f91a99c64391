package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// await waits until check finds nothing wrong. If it finds something for minutes, the test fails and says what.
func await(t testing.TB, what string, check func(ctx context.Context) error) {
	t.Helper()
	if err := poll(context.WithoutCancel(t.Context()), check); err != nil { // in a test's cleanup too
		t.Fatalf("%s: %v", what, err)
	}
}

func poll(ctx context.Context, check func(ctx context.Context) error) error {
	last := errors.New("not looked at")
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, 4*time.Minute, true, func(ctx context.Context) (bool, error) {
		if err := check(ctx); err != nil {
			last = err
			return false, nil
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("%w, last: %w", err, last)
	}
	return nil
}

// program runs a program that ends by itself, and returns what it printed.
func program(ctx context.Context, stdin, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// kubectl runs kubectl, which must succeed, and returns what it printed.
func kubectl(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	out, err := program(context.WithoutCancel(t.Context()), stdin, "kubectl", args...) // in a test's cleanup too
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// available fails unless all replicas of a Deployment's newest version are available, and no older one is left.
func available(ctx context.Context, namespace, name string) error {
	d, err := cluster.AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	s, want := d.Status, *d.Spec.Replicas
	if s.ObservedGeneration < d.Generation || s.UpdatedReplicas != want || s.AvailableReplicas != want || s.Replicas != want {
		return fmt.Errorf("Deployment %s/%s: of %d replicas %d are updated and %d available, there are %d",
			namespace, name, want, s.UpdatedReplicas, s.AvailableReplicas, s.Replicas)
	}
	return nil
}

// pods are a Deployment's pods, less those that are going.
func pods(ctx context.Context, namespace, labels string) ([]corev1.Pod, error) {
	list, err := cluster.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: labels})
	if err != nil {
		return nil, err
	}
	var live []corev1.Pod
	for _, p := range list.Items {
		if p.DeletionTimestamp == nil {
			live = append(live, p)
		}
	}
	return live, nil
}

// namespace creates a namespace, with labels as key=value, that goes with the test.
func namespace(t testing.TB, labels ...string) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "e2e-", Labels: map[string]string{}}}
	for _, l := range labels {
		key, value, _ := strings.Cut(l, "=")
		ns.Labels[key] = value
	}
	ns, err := cluster.CoreV1().Namespaces().Create(t.Context(), ns, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.CoreV1().Namespaces().Delete(context.WithoutCancel(t.Context()), ns.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	return ns.Name
}

// stored is an object as it is in the cluster.
func stored(ctx context.Context, apiVersion, kind, namespace, name string) (*unstructured.Unstructured, error) {
	o := &unstructured.Unstructured{}
	o.SetAPIVersion(apiVersion)
	o.SetKind(kind)
	return o, objects.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, o)
}
