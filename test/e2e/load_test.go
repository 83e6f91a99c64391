package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// load does something over and over, until it is stopped, and keeps count of what fails.
type load struct {
	what   string
	cancel context.CancelFunc
	ended  sync.WaitGroup
	done   atomic.Int64
	mu     sync.Mutex
	failed []string
}

// inTime is what each thing may take.
const inTime = 30 * time.Second

// startLoad begins to do things, each in a goroutine of its own; they are told how often they were done before. What is
// going on when the load is stopped is not cut off: it counts too, and client-go would complain of it.
func startLoad(t testing.TB, what string, things ...func(ctx context.Context, n int) error) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{what: what, cancel: cancel}
	for _, thing := range things {
		l.ended.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), inTime)
				l.note(thing(ctx, n))
				cancel()
			}
		})
	}
	t.Cleanup(func() { cancel(); l.ended.Wait() })
	return l
}

func (l *load) note(err error) {
	l.done.Add(1)
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.failed = append(l.failed, time.Now().Format("15:04:05.000 ")+err.Error())
	}
}

// more waits until things have been done some times more.
func (l *load) more(t testing.TB, times int64) {
	t.Helper()
	until := l.done.Load() + times
	await(t, "load", func(context.Context) error {
		if got := l.done.Load(); got < until {
			return fmt.Errorf("%d of %d", got, until)
		}
		return nil
	})
}

// stop ends the load, and fails the test if anything failed.
func (l *load) stop(t testing.TB) {
	t.Helper()
	l.cancel()
	l.ended.Wait()
	t.Logf("under load: %d %s, of which %d failed", l.done.Load(), l.what, len(l.failed))
	if len(l.failed) > 0 {
		t.Errorf("%d of %d failed:\n%s", len(l.failed), l.done.Load(), strings.Join(l.failed[:min(10, len(l.failed))], "\n"))
	}
}

// keepAsking sends requests through the proxy's Service.
func (p proxy) keepAsking(t testing.TB) *load {
	t.Helper()
	return startLoad(t, "requests to the proxy", func(ctx context.Context, _ int) error { return p.serves(ctx) })
}

// keepApplying creates Gloo's objects and gateway-proxy pods, and takes it for a failure if admission adds nothing.
func keepApplying(t testing.TB, namespace string) *load {
	t.Helper()
	return startLoad(t, "VirtualServices and pods created",
		func(ctx context.Context, n int) error {
			return applyVirtualService(ctx, namespace, fmt.Sprintf("load-%d", n))
		},
		func(ctx context.Context, _ int) error {
			pod, err := newPod(ctx, namespace, metav1.CreateOptions{})
			if err == nil && container(pod.Spec.InitContainers) == nil {
				err = errors.New("a pod was admitted without the agent")
			}
			return err
		})
}

// applyVirtualService creates a VirtualService, and fails unless admission names its spans.
func applyVirtualService(ctx context.Context, namespace, name string) error {
	v, err := newVirtualService(ctx, namespace, name)
	if err == nil && spanName(v) == "" {
		err = errors.New("a VirtualService was admitted without a span name")
	}
	return err
}

// newVirtualService creates a VirtualService, and returns it as it was admitted.
func newVirtualService(ctx context.Context, namespace, name string) (*unstructured.Unstructured, error) {
	v := virtualService(namespace, name)
	return v, objects.Create(ctx, v)
}

// virtualService is one that answers requests itself.
func virtualService(namespace, name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService",
		"metadata": map[string]any{"name": name, "namespace": namespace},
		"spec": map[string]any{"virtualHost": map[string]any{
			"domains": []any{name + ".example"},
			"routes":  []any{map[string]any{"directResponseAction": map[string]any{"status": int64(200)}}},
		}},
	}}
}

// newPod creates a gateway-proxy pod that no node runs, and returns it as it was admitted.
func newPod(ctx context.Context, namespace string, options metav1.CreateOptions) (*corev1.Pod, error) {
	return cluster.CoreV1().Pods(namespace).Create(ctx, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: "load-",
			Labels:       map[string]string{"gloo": "gateway-proxy", "gateway-proxy-id": "load"},
		},
		Spec: corev1.PodSpec{
			NodeSelector: map[string]string{"no": "node"},
			Containers:   []corev1.Container{{Name: "load", Image: "quay.io/solo-io/gloo-envoy-wrapper:1.18.3"}},
		},
	}, options)
}
