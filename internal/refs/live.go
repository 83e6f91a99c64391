package refs

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/pager"

	"github.com/glootrace/glootrace/internal/gloo"
)

// FromLive reads from the objects that the cluster behind config has now, as
// they would be with the given objects applied. What is in neither does not
// exist. It fails if a kind cannot be listed, but not if the cluster does not
// have it.
func FromLive(ctx context.Context, config *rest.Config, objects []gloo.Object) (Reader, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return Reader{}, fmt.Errorf("reading the cluster: %w", err)
	}
	var all []gloo.Object
	for _, w := range watched {
		pages := pager.New(func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			o.LabelSelector = w.selector
			return client.Resource(w.resource).List(ctx, o)
		})
		err := pages.EachListItem(ctx, metav1.ListOptions{}, func(item runtime.Object) error {
			o, err := gloo.Slim(item.(*unstructured.Unstructured).Object)
			all = append(all, o)
			return err
		})
		if err != nil && !apierrors.IsNotFound(err) {
			return Reader{}, fmt.Errorf("reading the cluster's %s: %w", w.resource.Resource, err)
		}
	}
	return FromObjects(append(all, objects...), true), nil
}
