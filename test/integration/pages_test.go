package integration

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

// An API server that has more objects than a page says where the next one begins.
func TestPagesAreFollowedToTheLast(t *testing.T) {
	const pageSize, n = 500, 1001
	names := upstreams(t, n)
	for name, read := range map[string]func(asked *requests) (refs.Reader, error){
		"as the webhook watches": func(asked *requests) (refs.Reader, error) {
			asked.old = true
			return watch(t, asked).Reader(t.Context()), nil
		},
		"as lint reads": func(asked *requests) (refs.Reader, error) {
			config := rest.CopyConfig(cluster.Config)
			config.Wrap(asked.wrap)
			objects, err := refs.Live(t.Context(), config)
			return refs.FromObjects(objects, true), err
		},
	} {
		t.Run(name, func(t *testing.T) {
			asked := new(requests)
			reader, err := read(asked)
			if err != nil {
				t.Fatal(err)
			}
			if further := asked.with("/upstreams?continue="); len(further) < n/pageSize {
				t.Errorf("pages asked for after the first: %v", further)
			}
			missed := 0
			for _, name := range names {
				if _, answer := reader.Upstream(gloo.Ref{Namespace: metav1.NamespaceSystem, Name: name}); answer != refs.Found {
					missed++
				}
			}
			if gets := asked.with("/upstreams/"); missed+len(gets) > 0 {
				t.Errorf("of %d Upstreams, %d are not there and %d had to be asked for one by one", n, missed, len(gets))
			}
		})
	}
}

// upstreams are the names of n Upstreams that are there until the end of the
// test, where the webhook is not asked about them.
func upstreams(t *testing.T, n int) []string {
	t.Helper()
	config := rest.CopyConfig(cluster.Config)
	config.QPS = -1
	admin, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	object := func(name string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "gloo.solo.io/v1", "kind": "Upstream", "metadata": map[string]any{"name": name, "namespace": metav1.NamespaceSystem},
		}}
	}
	t.Cleanup(func() {
		if err := admin.DeleteAllOf(context.WithoutCancel(t.Context()), object(""), client.InNamespace(metav1.NamespaceSystem)); err != nil {
			t.Error(err)
		}
	})
	names := make([]string, n)
	errs := make([]error, n)
	workqueue.ParallelizeUntil(t.Context(), 8*runtime.GOMAXPROCS(0), n, func(i int) {
		names[i] = fmt.Sprintf("upstream-%d", i)
		errs[i] = admin.Create(t.Context(), object(names[i]))
	})
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}
