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
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

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
	// Live is whose object it is, as the API server has it.
	Live metav1.PartialObjectMetadata
	// Kind is one of gloo's.
	Kind gloo.Kind
	// Result is what would be added. Of a pod, it only tells what is missing:
	// a running pod takes no containers.
	Result mutate.Result
}

// Each calls visit with each object of a kind that was missed, in the API
// server's order: by namespace and name. known is asked for each of them, as a
// reader of a cluster keeps what it has read. A kind that the cluster does not
// have is an error of NotFound.
func Each(ctx context.Context, c rest.Interface, kind gloo.Kind, pol policy.Policy, known func() refs.Reader, visit func(Object) error) error {
	return refs.Each(ctx, c, kind, func(o gloo.Object) error {
		found := Object{Kind: kind, Result: mutate.Object(o, pol, known())}
		if !found.missed() || kind == gloo.Pod && o.Finished() {
			return nil
		}
		if err := json.Unmarshal(o.Raw(), &found.Live); err != nil {
			return fmt.Errorf("%s: %w", o, err)
		}
		found.Live.APIVersion, found.Live.Kind = o.APIVersion, string(kind) // which a list need not say
		return visit(found)
	})
}

func (o Object) missed() bool {
	if o.Kind == gloo.Pod {
		return slices.Contains(o.Result.Added, mutate.AgentContainer)
	}
	return len(o.Result.Patch) > 0
}

// Add adds what is missing to an object that is no pod, unless it has changed
// since it was read.
func (o Object) Add(ctx context.Context, c rest.Interface) error {
	unchanged := jsonpatch.NewOperation("test", "/metadata/resourceVersion", o.Live.ResourceVersion)
	patch, err := json.Marshal(append([]jsonpatch.Operation{unchanged}, o.Result.Patch...))
	if err != nil {
		return fmt.Errorf("writing a patch: %w", err)
	}
	path, resource := refs.Location(o.Kind)
	return c.Patch(types.JSONPatchType).AbsPath(path).Namespace(o.Live.Namespace).Resource(resource).Name(o.Live.Name).
		Param("fieldManager", "glootrace").Body(patch).Do(ctx).Error()
}
