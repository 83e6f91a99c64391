package refs

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

	"github.com/glootrace/glootrace/internal/gloo"
)

// watchedKind is a kind whose objects are kept.
type watchedKind struct {
	kind     gloo.Kind
	resource schema.GroupVersionResource
	// selector is a label selector; empty takes all.
	selector string
}

func (w watchedKind) apiVersion() string { return w.resource.GroupVersion().String() }

// watched are the kinds that rules ask about.
var watched = append(glooKinds(),
	watchedKind{kind: gloo.Namespace, resource: schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}},
	watchedKind{kind: gloo.Pod, resource: schema.GroupVersionResource{Version: "v1", Resource: "pods"},
		selector: "gloo in (gateway-proxy, kube-gateway)"},
)

func glooKinds() []watchedKind {
	var kinds []watchedKind
	for _, a := range gloo.APIs {
		gv, _ := schema.ParseGroupVersion(a.APIVersion)
		kinds = append(kinds, watchedKind{kind: a.Kind, resource: gv.WithResource(a.Resource)})
	}
	return kinds
}

// The indexes of a store.
const (
	byKind       = "kind"       // "": every object
	byCollector  = "collector"  // namespace/name of an Upstream: who sends spans to it over OTLP
	byAny        = "any"        // the same, whatever the provider of tracing
	byDelegation = "delegation" // "": Gateways that delegate
	byProxy      = "proxy"      // a proxy's name: its pods
	byTable      = "table"      // the key of a selection of RouteTables: who has it
	byOption     = "option"     // kind and namespace/name of an option object: who refers to it
)

var indexers = cache.Indexers{
	byKind:      index(func(gloo.Object) []string { return []string{""} }),
	byCollector: index(func(o gloo.Object) []string { return keys(o.Collectors()) }),
	byAny:       index(func(o gloo.Object) []string { return keys(o.AllCollectors()) }),
	byDelegation: index(func(o gloo.Object) []string {
		if !o.Delegation().IsMap() {
			return nil
		}
		return []string{""}
	}),
	byProxy: index(func(o gloo.Object) []string {
		if id := o.Labels()[gloo.ProxyIDLabel]; o.Kind == gloo.Pod && id != "" {
			return []string{id}
		}
		return nil
	}),
	byTable:  index(tables),
	byOption: index(options),
}

// tables are the keys of the selections of RouteTables in the object.
func tables(o gloo.Object) []string {
	found := map[string]bool{}
	for _, route := range o.AllOptions() {
		if key := route.Delegates(o).Key(); key != "" {
			found[key] = true
		}
	}
	return slices.Collect(maps.Keys(found))
}

// options are the option objects that the object refers to.
func options(o gloo.Object) []string {
	found := map[string]bool{}
	for _, place := range o.AllOptions() {
		for _, ref := range place.OptionObjects() {
			found[optionKey(ref.Kind, ref.Ref)] = true
		}
	}
	return slices.Collect(maps.Keys(found))
}

func optionKey(kind gloo.Kind, ref gloo.Ref) string { return string(kind) + " " + ref.String() }

func index(values func(gloo.Object) []string) cache.IndexFunc {
	return func(item any) ([]string, error) { return values(item.(*entry).object), nil }
}

func keys(refs []gloo.Ref) []string {
	var keys []string
	for _, ref := range refs {
		keys = append(keys, ref.String())
	}
	return keys
}

func newStore() cache.Indexer { return cache.NewIndexer(cache.MetaNamespaceKeyFunc, indexers) }

// entry is an object in a store; the metadata is what client-go's stores and
// informers need to know of it.
type entry struct {
	metav1.ObjectMeta
	object gloo.Object
}

func newEntry(o gloo.Object) *entry {
	return &entry{metav1.ObjectMeta{Namespace: o.Namespace, Name: o.Name}, o}
}

// Watched says where the API server has a kind that rules ask about, and the
// label selector of those of its objects that concern glootrace.
func Watched(kind gloo.Kind) (resource schema.GroupVersionResource, selector string) {
	for _, w := range watched {
		if w.kind == kind {
			return w.resource, w.selector
		}
	}
	return resource, selector
}
