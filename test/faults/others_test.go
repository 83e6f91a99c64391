package faults

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestReviewsThatReadMuchOfOthers has small reviews at once for each of which large objects of others are read.
func TestReviewsThatReadMuchOfOthers(t *testing.T) {
	t.Setenv("GOMEMLIMIT", strconv.Itoa(limit)) // as the chart does
	e := shared(t)
	c, err := client.New(e.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Who writes a RouteTable has all read that delegate to it.
	routes := make([]any, 12_000)
	for i := range routes {
		routes[i] = map[string]any{"options": map[string]any{"transformations": map[string]any{}}}
	}
	routes[0] = map[string]any{"delegateAction": map[string]any{"ref": map[string]any{"name": "it", "namespace": "default"}}}
	for i := range 3 {
		o := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "gateway.solo.io/v1", "kind": "RouteTable", "metadata": map[string]any{"name": fmt.Sprintf("large-%d", i), "namespace": "default"},
			"spec": map[string]any{"routes": routes},
		}}
		if err := c.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Delete(context.WithoutCancel(t.Context()), o) })
	}
	small := review("RouteTable", `{"apiVersion":"gateway.solo.io/v1","kind":"RouteTable","metadata":{"name":"it","namespace":"default"},"spec":{"routes":[{"options":{"stagedTransformations":{}}}]}}`)
	w, s := webhook(t, e, ""), newSender()
	for _, path := range []string{"/mutate", "/validate"} {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if a, err := send(s, w, path+"?timeout=30s", small); err != nil || a.code != http.StatusOK {
					t.Errorf("%s: %v, %d %.200s", path, err, a.code, a.text)
				}
			})
		}
		all.Wait()
		p := peak(t, w)
		t.Logf("%s: %d MiB at most by now", path, p>>20)
		if p > limit/2 {
			t.Errorf("%s: it took %d MiB; the chart gives it %d MiB, for large reviews too", path, p>>20, limit>>20)
		}
	}
}
