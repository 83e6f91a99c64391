package refs

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
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
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(w.resource.GroupVersion().WithKind(string(w.kind) + "List"))
		selector, err := labels.Parse(w.selector)
		if err != nil {
			return nil, nil, fmt.Errorf("listing %s: %w", w.kind, err)
		}
		err = c.List(ctx, list, client.MatchingLabelsSelector{Selector: selector})
		if meta.IsNoMatchError(err) {
			absent = append(absent, w.kind)
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("listing %s: %w", w.kind, err)
		}
		for _, item := range list.Items {
			raw, err := item.MarshalJSON()
			if err != nil {
				return nil, nil, fmt.Errorf("%s %s/%s: %w", w.kind, item.GetNamespace(), item.GetName(), err)
			}
			o, err := gloo.Decode(raw)
			if err != nil {
				return nil, nil, fmt.Errorf("%s %s/%s: %w", w.kind, item.GetNamespace(), item.GetName(), err)
			}
			objects = append(objects, o)
		}
	}
	return objects, absent, nil
}
