package refs

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/seldom"
)

// liveTimeout bounds the live read on a miss: an admission has 3 s in all.
const liveTimeout = time.Second

// crdInterval is how often a kind that the cluster does not have is looked for.
const crdInterval = 10 * time.Second

// Cluster watches a cluster's objects, slimmed to what rules ask about.
type Cluster struct {
	log       logr.Logger
	unread    *seldom.Lines
	discovery discovery.DiscoveryInterface
	watches   map[gloo.Kind]*watching
}

type watching struct {
	*slimClient
	store     cache.Indexer
	reflector *cache.Reflector
	// absent is set while the cluster does not have the kind.
	absent atomic.Bool
}

// NewCluster prepares to watch the cluster behind config; Start begins.
func NewCluster(config *rest.Config, httpClient *http.Client, log logr.Logger) (*Cluster, error) {
	config = rest.CopyConfig(config)
	config.QPS = -1 // an admission must not wait for other admissions' reads; the API server has its own fairness
	disco, err := discovery.NewDiscoveryClientForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, fmt.Errorf("watching the cluster: %w", err)
	}
	c := &Cluster{log: log, unread: seldom.New(), discovery: disco, watches: map[gloo.Kind]*watching{}}
	for _, kind := range watched {
		client, err := newSlimClient(config, httpClient, kind)
		if err != nil {
			return nil, fmt.Errorf("watching the cluster: %w", err)
		}
		store := newStore(kind.kind)
		c.watches[kind.kind] = &watching{slimClient: client, store: store, reflector: client.reflector(store)}
	}
	return c, nil
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

func (c *Cluster) run(ctx context.Context, w *watching) {
	err := wait.PollUntilContextCancel(ctx, crdInterval, true, func(context.Context) (bool, error) {
		return c.has(w), nil
	})
	if err == nil {
		w.reflector.RunWithContext(ctx)
	}
}

// has asks whether the cluster has the kind, and notes if it does not.
func (c *Cluster) has(w *watching) bool {
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
		if w := c.watches[kind.kind]; !w.absent.Load() && w.reflector.LastSyncResourceVersion() == "" {
			return fmt.Errorf("the cluster's %s are not read yet", w.resource.Resource)
		}
	}
	return nil
}

// Reader reads from the watched objects, within ctx and as much as maxRead; a miss is asked live.
func (c *Cluster) Reader(ctx context.Context) Reader {
	r := Reader{
		stores: map[gloo.Kind]cache.Indexer{},
		memo:   new(memo),
		live:   true,
		miss:   func(kind gloo.Kind, ref gloo.Ref) (gloo.Object, Answer) { return c.ask(ctx, kind, ref) },
	}
	for kind, w := range c.watches {
		r.stores[kind] = w.store
	}
	return r.Within(ctx, maxRead)
}

func (c *Cluster) ask(ctx context.Context, kind gloo.Kind, ref gloo.Ref) (gloo.Object, Answer) {
	ctx, cancel := context.WithTimeout(ctx, liveTimeout)
	defer cancel()
	if ref.Name == "" {
		return gloo.Object{}, Missing
	}
	o, err := c.watches[kind].get(ctx, ref)
	if apierrors.IsNotFound(err) {
		return gloo.Object{}, Missing
	}
	if err != nil {
		c.unread.To(c.log).Error(err, "reading an object that another refers to", "kind", kind, "object", ref.String())
		return gloo.Object{}, Unknown
	}
	return o, Found
}
