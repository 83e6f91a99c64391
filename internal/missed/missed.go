// Package missed finds what is in a cluster as if glootrace had never seen it:
// what was there before, and what came while no replica answered.
package missed

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"gomodules.xyz/jsonpatch/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/pager"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/mutate"
)

// Kinds are those that may be missed, sorted.
func Kinds() []gloo.Kind {
	kinds := []gloo.Kind{gloo.Pod}
	for _, a := range gloo.APIs {
		kinds = append(kinds, a.Kind)
	}
	slices.Sort(kinds)
	return kinds
}

// Object is one that the Policy would add something to.
type Object struct {
	// Live is the object as the API server has it.
	Live *unstructured.Unstructured
	// Resource is where the API server has it.
	Resource schema.GroupVersionResource
	// Kind is one of gloo's.
	Kind gloo.Kind
	// Result is what would be added. Of a pod, it only tells what is missing:
	// a running pod takes no containers.
	Result mutate.Result
}

// pageSize is how many objects are asked for at once, and so held at once.
const pageSize = 200

// Each calls visit with each object of a kind that was missed, in the API
// server's order: by namespace and name. known is asked for each of them, as a
// reader of a cluster keeps what it has read. A kind that the cluster does not
// have is an error of NotFound.
func Each(ctx context.Context, c dynamic.Interface, kind gloo.Kind, pol policy.Policy, known func() refs.Reader, visit func(Object) error) error {
	resource, selector := refs.Watched(kind)
	p := pager.New(func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
		o.LabelSelector = selector
		return c.Resource(resource).List(ctx, o)
	})
	p.PageSize = pageSize
	p.PageBufferSize = 0
	return p.EachListItem(ctx, metav1.ListOptions{}, func(item runtime.Object) error {
		live := item.(*unstructured.Unstructured)
		raw, err := json.Marshal(live.Object)
		if err != nil {
			return fmt.Errorf("%s %s/%s: %w", kind, live.GetNamespace(), live.GetName(), err)
		}
		o, err := gloo.Decode(raw)
		if err != nil {
			return fmt.Errorf("%s %s/%s: %w", kind, live.GetNamespace(), live.GetName(), err)
		}
		found := Object{live, resource, kind, mutate.Object(o, pol, known())}
		if found.missed() {
			return visit(found)
		}
		return nil
	})
}

func (o Object) missed() bool {
	if o.Kind != gloo.Pod {
		return len(o.Result.Patch) > 0
	}
	phase, _, _ := unstructured.NestedString(o.Live.Object, "status", "phase")
	return phase != "Succeeded" && phase != "Failed" && slices.Contains(o.Result.Added, mutate.AgentContainer)
}

// Add adds what is missing to an object that is no pod, unless it has changed
// since it was read.
func (o Object) Add(ctx context.Context, c dynamic.Interface) error {
	unchanged := jsonpatch.NewOperation("test", "/metadata/resourceVersion", o.Live.GetResourceVersion())
	patch, err := json.Marshal(append([]jsonpatch.Operation{unchanged}, o.Result.Patch...))
	if err != nil {
		return fmt.Errorf("writing a patch: %w", err)
	}
	_, err = c.Resource(o.Resource).Namespace(o.Live.GetNamespace()).
		Patch(ctx, o.Live.GetName(), types.JSONPatchType, patch, metav1.PatchOptions{FieldManager: "glootrace"})
	return err
}
