package refs

import (
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
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

// root is below which path the API server has the kind's group.
func (w watchedKind) root() string {
	if w.resource.Group == "" {
		return "/api"
	}
	return "/apis"
}

// path is below which path it has the kind.
func (w watchedKind) path() string { return w.root() + "/" + w.apiVersion() }

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
	byDelegation = "delegation" // namespace/name of a MatchableHttpGateway: Gateways that delegate to it; "": those that do by selector
	byServed     = "served"     // namespace/name of a VirtualService: who has a listener that names it; "": one that chooses otherwise
	byProxy      = "proxy"      // a proxy's name: its pods
	byPort       = "port"       // a proxy's name and a port: the Gateways for which it listens there
	byTable      = "table"      // the key of a selection of RouteTables: who has it
	byOption     = "option"     // kind and namespace/name of an option object: who refers to it
)

// indexers are those of each kind. Objects that are only ever asked for by name have none.
var indexers = map[gloo.Kind]cache.Indexers{
	gloo.Gateway:              {byCollector: collectors, byAny: allCollectors, byDelegation: delegation, byServed: served, byPort: index(ports)},
	gloo.MatchableHTTPGateway: {byCollector: collectors, byAny: allCollectors, byServed: served, byKind: everything},
	gloo.HTTPListenerOption:   {byCollector: collectors, byAny: allCollectors},
	gloo.VirtualService:       {byTable: index(tables), byOption: index(options)},
	gloo.RouteTable:           {byTable: index(tables), byOption: index(options), byKind: everything},
	gloo.Pod:                  {byProxy: proxy},
}

func everything(any) ([]string, error) { return []string{""}, nil }

var (
	collectors    = index(func(o gloo.Object) []string { return keys(o.Collectors()) })
	allCollectors = index(func(o gloo.Object) []string { return keys(o.AllCollectors()) })
	delegation    = index(func(o gloo.Object) []string {
		d := o.Delegation()
		if !d.IsMap() {
			return nil
		}
		if ref, named := d.Ref(); named {
			return []string{ref.String()}
		}
		return []string{""}
	})
	served = index(func(o gloo.Object) []string {
		var found []string
		for _, l := range o.Listeners() {
			found = append(found, servedKeys(l)...)
		}
		slices.Sort(found)
		return slices.Compact(found)
	})
	proxy = index(func(o gloo.Object) []string {
		if id := o.Labels()[gloo.ProxyIDLabel]; id != "" {
			return []string{id}
		}
		return nil
	})
)

// servedKeys are what a listener is found by in the index of those that serve VirtualServices.
func servedKeys(l gloo.Listener) []string {
	if named := keys(l.Names()); len(named) > 0 {
		return named
	}
	return []string{""}
}

// ports are where the proxies of a Gateway listen for it.
func ports(o gloo.Object) []string {
	port, set := o.BindPort()
	if !set {
		return nil
	}
	var found []string
	for _, proxy := range o.ProxyNames() {
		found = append(found, portKey(proxy, port))
	}
	return found
}

func portKey(proxy string, port int) string { return fmt.Sprintf("%s:%d", proxy, port) }

// tables are the keys of the selections of RouteTables in the object.
func tables(o gloo.Object) []string {
	found := map[string]bool{}
	for route := range o.AllOptions() {
		if key := route.Delegates(o).Key(); key != "" {
			found[key] = true
		}
	}
	return slices.Collect(maps.Keys(found))
}

// options are the option objects that the object refers to.
func options(o gloo.Object) []string {
	found := map[string]bool{}
	for place := range o.AllOptions() {
		for ref := range place.OptionObjects() {
			found[optionKey(ref.Kind, ref.Ref)] = true
		}
	}
	return slices.Collect(maps.Keys(found))
}

func optionKey(kind gloo.Kind, ref gloo.Ref) string { return string(kind) + " " + ref.String() }

func index(values func(gloo.Object) []string) cache.IndexFunc {
	return func(item any) ([]string, error) { return values(item.(*entry).object()), nil }
}

func keys(refs []gloo.Ref) []string {
	var keys []string
	for _, ref := range refs {
		keys = append(keys, ref.String())
	}
	return keys
}

func newStore(kind gloo.Kind) cache.Indexer {
	return cache.NewIndexer(func(item any) (string, error) {
		if gone, ok := item.(cache.DeletedFinalStateUnknown); ok {
			return gone.Key, nil
		}
		e := item.(*entry)
		return e.text[:e.key], nil
	}, indexers[kind])
}

// entry is an object in a store, of which there are many. It does not change.
type entry struct {
	of *watchedKind
	// text is the object's key (namespace/name, or name), its resource version and
	// its slimmed text, which is read when it is asked for: the places of its values
	// take more memory than it does. It ends behind the key if parsed is set.
	text                    string
	namespace, key, version int32 // where in text they end
	parsed                  *gloo.Object
}

func newEntry(o gloo.Object) *entry {
	text := key(o.Ref())
	return &entry{text: text, namespace: int32(len(o.Namespace)), key: int32(len(text)), version: int32(len(text)), parsed: &o}
}

func (e *entry) ref() gloo.Ref {
	if e.namespace == 0 {
		return gloo.Ref{Name: e.text[:e.key]}
	}
	return gloo.Ref{Namespace: e.text[:e.namespace], Name: e.text[e.namespace+1 : e.key]}
}

// GetObjectKind and DeepCopyObject make the entry a runtime.Object.
func (e *entry) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }
func (e *entry) DeepCopyObject() runtime.Object   { return e }

// GetObjectMeta is the entry as client-go's Reflector looks at it.
func (e *entry) GetObjectMeta() metav1.Object { return metadata{entry: e} }

// metadata is what client-go asks for of an entry's.
type metadata struct {
	metav1.Object // nil
	entry         *entry
}

// GetNamespace and GetName make a key together, by which the Reflector holds what comes in. Like this it is the entry's own:
// made anew, the keys of all objects would take as much memory as a third of the entries.
func (m metadata) GetNamespace() string              { return "" }
func (m metadata) GetName() string                   { return m.entry.text[:m.entry.key] }
func (m metadata) GetResourceVersion() string        { return m.entry.text[m.entry.key:m.entry.version] }
func (m metadata) GetAnnotations() map[string]string { return m.entry.object().Annotations() }

func (e *entry) object() gloo.Object {
	if e.parsed != nil {
		return *e.parsed
	}
	o, _ := gloo.Unslim([]byte(e.text[e.version:]), e.of.apiVersion(), e.of.kind, e.ref()) // which glootrace has written
	return o
}

func watchedOf(kind gloo.Kind) watchedKind {
	return watched[slices.IndexFunc(watched, func(w watchedKind) bool { return w.kind == kind })]
}

// Location is where the API server has an object: the path of its kind, and the name of the kind's resource.
func Location(kind gloo.Kind) (path, resource string) {
	w := watchedOf(kind)
	return w.path(), w.resource.Resource
}
