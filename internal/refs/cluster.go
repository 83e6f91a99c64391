package refs

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/glootrace/glootrace/internal/gloo"
)

// liveTimeout bounds the live read on a miss: an admission has 3 s in all.
const liveTimeout = time.Second

// crdInterval is how often a kind that the cluster does not have is looked for.
const crdInterval = 10 * time.Second

// Cluster watches a cluster's objects, slimmed to what rules ask about.
type Cluster struct {
	log       logr.Logger
	client    dynamic.Interface
	discovery discovery.DiscoveryInterface
	watches   map[gloo.Kind]*watch
}

type watch struct {
	watchedKind
	informer cache.SharedIndexInformer
	// absent is set while the cluster does not have the kind.
	absent atomic.Bool
}

// NewCluster prepares to watch the cluster behind config; Start begins.
func NewCluster(config *rest.Config, httpClient *http.Client, log logr.Logger) (*Cluster, error) {
	config = rest.CopyConfig(config)
	config.QPS = -1 // an admission must not wait for other admissions' reads; the API server has its own fairness
	client, err := dynamic.NewForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, fmt.Errorf("watching the cluster: %w", err)
	}
	disco, err := discovery.NewDiscoveryClientForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, fmt.Errorf("watching the cluster: %w", err)
	}
	c := &Cluster{log: log, client: client, discovery: disco, watches: map[gloo.Kind]*watch{}}
	for _, kind := range watched {
		informer := dynamicinformer.NewFilteredDynamicInformer(client, kind.resource, metav1.NamespaceAll, 0, indexers[kind.kind],
			func(o *metav1.ListOptions) { o.LabelSelector = kind.selector }).Informer()
		if err := informer.SetTransform(slim); err != nil {
			return nil, fmt.Errorf("watching %s: %w", kind.kind, err)
		}
		c.watches[kind.kind] = &watch{watchedKind: kind, informer: informer}
	}
	return c, nil
}

// slim turns what a watch delivers into an entry of a store.
func slim(item any) (any, error) {
	u, ok := item.(*unstructured.Unstructured)
	if !ok { // already slim, or a tombstone
		return item, nil
	}
	o, err := gloo.Slim(u.Object)
	if err != nil {
		return nil, fmt.Errorf("%s %s/%s: %w", u.GetKind(), u.GetNamespace(), u.GetName(), err)
	}
	return &entry{namespace: o.Namespace, name: o.Name, resourceVersion: u.GetResourceVersion(), raw: o.Raw()}, nil
}

// Start watches until ctx is done. A kind that the cluster does not have is
// watched as soon as it has it.
func (c *Cluster) Start(ctx context.Context) error {
	var group wait.Group
	for _, w := range c.watches {
		group.StartWithContext(ctx, func(ctx context.Context) { c.run(ctx, w) })
	}
	group.Wait()
	return nil
}

// NeedLeaderElection: every replica answers requests, so every one watches.
func (c *Cluster) NeedLeaderElection() bool { return false }

func (c *Cluster) run(ctx context.Context, w *watch) {
	err := wait.PollUntilContextCancel(ctx, crdInterval, true, func(context.Context) (bool, error) {
		return c.has(w), nil
	})
	if err == nil {
		w.informer.RunWithContext(ctx)
	}
}

// has asks whether the cluster has the kind, and notes if it does not.
func (c *Cluster) has(w *watch) bool {
	list, err := c.discovery.ServerResourcesForGroupVersion(w.apiVersion())
	if err != nil && !apierrors.IsNotFound(err) {
		c.log.Error(err, "asking the API server for its kinds", "apiVersion", w.apiVersion())
		return false
	}
	if err == nil {
		for _, r := range list.APIResources {
			if r.Name == w.resource.Resource {
				w.absent.Store(false)
				return true
			}
		}
	}
	if !w.absent.Swap(true) {
		c.log.Info("the cluster does not have this kind yet", "kind", w.kind, "apiVersion", w.apiVersion())
	}
	return false
}

// Ready is nil once all kinds that the cluster has are known; it can serve as a
// readiness check.
func (c *Cluster) Ready(*http.Request) error {
	for _, kind := range watched {
		if w := c.watches[kind.kind]; !w.absent.Load() && !w.informer.HasSynced() {
			return fmt.Errorf("the cluster's %s are not read yet", w.resource.Resource)
		}
	}
	return nil
}

// Reader reads from the watched objects; a miss is asked live within ctx.
func (c *Cluster) Reader(ctx context.Context) Reader {
	r := Reader{
		stores: map[gloo.Kind]cache.Indexer{},
		memo:   new(memo),
		miss:   func(kind gloo.Kind, ref gloo.Ref) (gloo.Object, Answer) { return c.ask(ctx, kind, ref) },
	}
	for kind, w := range c.watches {
		r.stores[kind] = w.informer.GetIndexer()
	}
	return r
}

func (c *Cluster) ask(ctx context.Context, kind gloo.Kind, ref gloo.Ref) (gloo.Object, Answer) {
	ctx, cancel := context.WithTimeout(ctx, liveTimeout)
	defer cancel()
	if ref.Name == "" {
		return gloo.Object{}, Missing
	}
	u, err := c.client.Resource(c.watches[kind].resource).Namespace(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return gloo.Object{}, Missing
	}
	if err != nil {
		c.log.Error(err, "reading an object that another refers to", "kind", kind, "object", ref.String())
		return gloo.Object{}, Unknown
	}
	o, err := gloo.Slim(u.Object)
	if err != nil {
		c.log.Error(err, "reading an object that another refers to", "kind", kind, "object", ref.String())
		return gloo.Object{}, Unknown
	}
	return o, Found
}
