// Package faults tries what glootrace does when something around it fails, on a real kube-apiserver and etcd: that it
// goes on answering, says so by its readiness, counts what went wrong, and misses nothing of what happened meanwhile.
package faults

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/test/env"
)

var (
	// background ends when the tests are interrupted.
	background context.Context
	// sharedPlane starts the control plane of the tests that leave it as it is.
	sharedPlane func() (*env.Env, error)
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	background = ctx
	started := false
	sharedPlane = sync.OnceValues(func() (*env.Env, error) {
		started = true
		return env.Start(ctx, env.Options{Progress: os.Stderr})
	})
	defer func() {
		if !started {
			return
		}
		if e, err := sharedPlane(); err == nil && e.Stop() != nil {
			fmt.Fprintln(os.Stderr, e.Stop())
			code = 1
		}
	}()
	// Those that may run beside each other do little but wait.
	flag.Parse()
	if err := flag.Set("test.parallel", "4"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// plane is a control plane of a test's own, which it may break.
func plane(t *testing.T) *env.Env {
	e, err := env.Start(background, env.Options{Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func shared(t *testing.T) *env.Env {
	e, err := sharedPlane()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// webhook runs glootrace until the end of the test. There is one at a time for a control plane.
func webhook(t *testing.T, e *env.Env, policy string, flags ...string) *env.Webhook {
	w, err := e.Webhook(background, policy, flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the webhook said:\n%s", w.Log())
		}
	})
	return w
}

// upstreams creates Upstreams for spans in the namespace default, and returns what deletes them one by one.
func upstreams(t *testing.T, e *env.Env, names ...string) (remove func(name string)) {
	c, err := client.New(e.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	object := func(name string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "gloo.solo.io/v1", "kind": "Upstream", "metadata": map[string]any{"name": name, "namespace": "default"},
			"spec": map[string]any{"useHttp2": true, "static": map[string]any{"hosts": []any{map[string]any{"addr": "192.0.2.1", "port": int64(4317)}}}},
		}}
	}
	for _, name := range names {
		if err := c.Create(t.Context(), object(name)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Delete(context.WithoutCancel(t.Context()), object(name)) })
	}
	return func(name string) {
		t.Helper()
		eventually(t, "the deletion of "+name, func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			return client.IgnoreNotFound(c.Delete(ctx, object(name))) == nil
		})
	}
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, 2*time.Minute, true,
		func(context.Context) (bool, error) { return holds(), nil })
	if err != nil {
		t.Fatalf("%s does not come about: %v", what, err)
	}
}
