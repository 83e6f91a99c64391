package refs

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/pager"

	"github.com/glootrace/glootrace/internal/gloo"
)

// Live lists the objects that the cluster behind config has now, of the kinds that
// a Reader is asked for. It fails if a kind cannot be listed, but not if the
// cluster does not have it.
func Live(ctx context.Context, config *rest.Config) ([]gloo.Object, error) {
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("reading the cluster: %w", err)
	}
	var all []gloo.Object
	for _, w := range watched {
		client, err := newSlimClient(config, httpClient, w)
		if err != nil {
			return nil, fmt.Errorf("reading the cluster: %w", err)
		}
		err = pager.New(client.list).EachListItem(ctx, metav1.ListOptions{}, func(item runtime.Object) error {
			all = append(all, item.(*entry).object())
			return nil
		})
		if err != nil && !apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("reading the cluster's %s: %w", w.resource.Resource, err)
		}
	}
	return all, nil
}
