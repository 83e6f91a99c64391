package faults

import (
	"context"
	"strconv"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestAuditOfLargeObjectsTakesLittleMemory has the replica that looks for what was missed find objects that together
// are a multiple of what it may hold.
func TestAuditOfLargeObjectsTakesLittleMemory(t *testing.T) {
	const objects, size = 20, 1 << 20
	t.Setenv("GOMEMLIMIT", strconv.Itoa(limit)) // as the chart does
	e := shared(t)
	config := rest.CopyConfig(e.Config)
	config.QPS = -1
	c, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var routes []any
	for i := range 4096 {
		routes = append(routes, map[string]any{"matchers": []any{map[string]any{"prefix": "/" + strconv.Itoa(i) + strings.Repeat("x", size/4096-100)}}})
	}
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "gateway.solo.io/v1", "kind": "VirtualService", "metadata": map[string]any{"generateName": "large-", "namespace": "default"},
		"spec": map[string]any{"virtualHost": map[string]any{"domains": []any{"large"}, "routes": routes}},
	}}
	t.Cleanup(func() {
		if err := c.DeleteAllOf(context.WithoutCancel(t.Context()), object, client.InNamespace(metav1.NamespaceDefault)); err != nil {
			t.Error(err)
		}
	})
	for range objects {
		if err := c.Create(t.Context(), object.DeepCopy()); err != nil {
			t.Fatal(err)
		}
	}
	w := webhook(t, e, "", "--namespace", "default", "--audit-interval", "100ms")
	eventually(t, "a look", func() bool { return metric(t, w, "glootrace_missed_objects", `"VirtualService"`) == objects })
	p := peak(t, w)
	t.Logf("%d objects of %d KiB: %d MiB at most", objects, size>>10, p>>20)
	if p > limit/2 {
		t.Errorf("the chart gives it %d MiB, for reviews too", limit>>20)
	}
}
