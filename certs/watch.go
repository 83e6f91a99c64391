package certs

import (
	"context"
	"fmt"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var scheme = clientgoscheme.Scheme

// watch pokes whenever the Secret or a webhook configuration changes, until ctx is
// done. It asks for each of them by name, so that permission for these names is
// enough, and keeps no key: what a pass decides on, it reads itself.
func watch(ctx context.Context, config *rest.Config, o Options, poke func()) error {
	byName := func(name string) fields.Selector { return fields.OneTermEqualSelector("metadata.name", name) }
	watched := map[client.Object]cache.ByObject{}
	if o.Webhooks != "" {
		watched[&admissionv1.MutatingWebhookConfiguration{}] = cache.ByObject{Field: byName(o.Webhooks)}
		watched[&admissionv1.ValidatingWebhookConfiguration{}] = cache.ByObject{Field: byName(o.Webhooks)}
	}
	if o.Dir == "" {
		watched[&corev1.Secret{}] = cache.ByObject{Namespaces: map[string]cache.Config{o.Namespace: {FieldSelector: byName(o.Secret)}}}
	}
	if len(watched) == 0 {
		<-ctx.Done()
		return nil
	}
	c, err := cache.New(config, cache.Options{
		Scheme:   scheme,
		ByObject: watched,
		DefaultTransform: func(object any) (any, error) {
			if secret, ok := object.(*corev1.Secret); ok {
				secret.Data = nil
			}
			return object, nil
		},
		// A pass says what may not be read; the next attempt to watch is up to client-go.
		DefaultWatchErrorHandler: func(context.Context, *toolscache.Reflector, error) {},
	})
	if err != nil {
		return fmt.Errorf("watching certificates: %w", err)
	}
	for object := range watched {
		informer, err := c.GetInformer(ctx, object, cache.BlockUntilSynced(false))
		if err != nil {
			return fmt.Errorf("watching certificates: %w", err)
		}
		_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { poke() },
			UpdateFunc: func(any, any) { poke() },
			DeleteFunc: func(any) { poke() },
		})
		if err != nil {
			return fmt.Errorf("watching certificates: %w", err)
		}
	}
	return c.Start(ctx)
}
