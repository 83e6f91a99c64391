package refs

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/pager"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/gloo"
)

// List reads whatever rules ask about from a cluster, once: whole objects, not
// slimmed ones. absent are the kinds that the cluster does not know. Without
// kinds all are read.
func List(ctx context.Context, c client.Client, kinds ...gloo.Kind) (objects []gloo.Object, absent []gloo.Kind, err error) {
	for _, w := range watched {
		if len(kinds) > 0 && !slices.Contains(kinds, w.kind) {
			continue
		}
		selector, err := labels.Parse(w.selector)
		if err != nil {
			return nil, nil, fmt.Errorf("listing %s: %w", w.kind, err)
		}
		pages := pager.New(func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			list := &unstructured.UnstructuredList{}
			list.SetGroupVersionKind(w.resource.GroupVersion().WithKind(string(w.kind) + "List"))
			return list, c.List(ctx, list, &client.ListOptions{LabelSelector: selector, Limit: o.Limit, Continue: o.Continue})
		})
		pages.PageSize = pageSize
		err = pages.EachListItem(ctx, metav1.ListOptions{}, func(item runtime.Object) error {
			o, err := objectOf(item.(*unstructured.Unstructured))
			objects = append(objects, o)
			return err
		})
		if meta.IsNoMatchError(err) {
			absent = append(absent, w.kind)
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("listing %s: %w", w.kind, err)
		}
	}
	return objects, absent, nil
}

func objectOf(item *unstructured.Unstructured) (gloo.Object, error) {
	raw, err := item.MarshalJSON()
	if err == nil {
		var o gloo.Object
		if o, err = gloo.Decode(raw); err == nil {
			return o, nil
		}
	}
	return gloo.Object{}, fmt.Errorf("%s/%s: %w", item.GetNamespace(), item.GetName(), err)
}
