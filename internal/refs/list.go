package refs

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"

	"github.com/glootrace/glootrace/internal/gloo"
)

// List reads whatever rules ask about from a cluster, once: whole objects, not
// slimmed ones. absent are the kinds that the cluster does not know. Without
// kinds all are read.
func List(ctx context.Context, c rest.Interface, kinds ...gloo.Kind) (objects []gloo.Object, absent []gloo.Kind, err error) {
	for _, w := range watched {
		if len(kinds) > 0 && !slices.Contains(kinds, w.kind) {
			continue
		}
		err := Each(ctx, c, w.kind, func(o gloo.Object) error {
			objects = append(objects, o)
			return nil
		})
		if apierrors.IsNotFound(err) {
			absent = append(absent, w.kind)
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("listing %s: %w", w.kind, err)
		}
	}
	return objects, absent, nil
}
