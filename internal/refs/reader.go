// Package refs answers what a rule or a mutation of one object has to ask about
// others. The answers come from the objects of a set of files, or from a
// cluster: its watched objects, and one live read for what is not among them.
package refs

import (
	"slices"
	"strings"
	"sync/atomic"

	"k8s.io/client-go/tools/cache"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
)

// Answer says whether an object was found.
type Answer int

const (
	// Unknown: the cluster could not be asked.
	Unknown Answer = iota
	// Found: the object is there.
	Found
	// Missing: the object does not exist.
	Missing
	// NotGiven: the object is not among the files, and may be in the cluster.
	NotGiven
)

// Reader answers questions about other objects.
type Reader struct {
	stores map[gloo.Kind]cache.Indexer
	// miss answers for what is not in the stores.
	miss func(gloo.Kind, gloo.Ref) (gloo.Object, Answer)
	// partial is set if objects may exist that are not in the stores.
	partial bool
	// live is set if the stores follow a cluster, a moment behind it.
	live  bool
	memo  *memo
	limit *limit // nil if there is none
}

// Partial tells whether objects may exist that the reader does not know.
func (r Reader) Partial() bool { return r.partial }

// FromObjects reads from the given objects. If they are complete, an object
// that is not among them does not exist.
func FromObjects(objects []gloo.Object, complete bool) Reader {
	r := Reader{
		stores:  map[gloo.Kind]cache.Indexer{},
		partial: !complete,
		memo:    new(memo),
		miss: func(gloo.Kind, gloo.Ref) (gloo.Object, Answer) {
			if complete {
				return gloo.Object{}, Missing
			}
			return gloo.Object{}, NotGiven
		},
	}
	for _, w := range watched {
		r.stores[w.kind] = newStore(w.kind)
	}
	for _, o := range objects {
		for _, w := range watched {
			if w.kind == o.Kind && w.apiVersion() == o.APIVersion {
				// The indexers cannot fail, and so neither can Add.
				_ = r.stores[w.kind].Add(newEntry(o))
			}
		}
	}
	return r
}

// AskingAtMost is the reader, but it asks live for n objects at most, and not again after it got no answer. What it does
// not ask for is Unknown.
func (r Reader) AskingAtMost(n int64) Reader {
	ask := r.miss
	var left atomic.Int64
	left.Store(n)
	r.miss = func(kind gloo.Kind, ref gloo.Ref) (gloo.Object, Answer) {
		if left.Add(-1) < 0 {
			return gloo.Object{}, Unknown
		}
		o, answer := ask(kind, ref)
		if answer == Unknown {
			left.Store(0)
		}
		return o, answer
	}
	return r
}

// Upstream looks for an Upstream.
func (r Reader) Upstream(ref gloo.Ref) (gloo.UpstreamSpec, Answer) {
	o, answer := r.get(gloo.Upstream, ref)
	return o.AsUpstream(), answer
}

// NamespaceLabels are the labels of a namespace, none if it is not known.
func (r Reader) NamespaceLabels(name string) map[string]string {
	o, _ := r.get(gloo.Namespace, gloo.Ref{Name: name})
	return o.Labels()
}

// Injects tells whether something that a Policy wants for all is injected into
// what has these annotations in a namespace.
func (r Reader) Injects(pol policy.Policy, annotations map[string]string, namespace string, wanted bool) bool {
	return pol.Injects(annotations, r.NamespaceLabels(namespace), namespace, wanted)
}

// Terminating tells whether a namespace is being deleted.
func (r Reader) Terminating(namespace string) bool {
	o, answer := r.get(gloo.Namespace, gloo.Ref{Name: namespace})
	return answer == Found && o.Deleting
}

// UsersOf are the objects with a tracing block that sends spans over OTLP to an
// Upstream, sorted; objects that are being deleted do not count.
func (r Reader) UsersOf(upstream gloo.Ref) []gloo.Object { return r.users(byCollector, upstream) }

// AllUsersOf are the objects with a tracing block that sends spans to an
// Upstream, whatever the provider, likewise. The first of them is known to do so
// by now: who deletes a Gateway and then its Upstream must not be told that the
// Gateway needs it, because a watch is a moment behind.
func (r Reader) AllUsersOf(upstream gloo.Ref) []gloo.Object {
	users := r.users(byAny, upstream)
	if !r.live {
		return users
	}
	for i, u := range users {
		now, answer := r.miss(u.Kind, u.Ref())
		if gone := answer == Missing || answer == Found && (now.Deleting || !slices.Contains(now.AllCollectors(), upstream)); !gone {
			return users[i:]
		}
	}
	return nil
}

func (r Reader) users(index string, upstream gloo.Ref) []gloo.Object {
	var users []gloo.Object
	for _, kind := range []gloo.Kind{gloo.Gateway, gloo.HTTPListenerOption, gloo.MatchableHTTPGateway} {
		users = append(users, r.byIndex(kind, index, upstream.String())...)
	}
	return users
}

// Pods are the pods of the named proxies, sorted.
func (r Reader) Pods(proxies []string) []gloo.Object {
	var pods []gloo.Object
	for _, p := range proxies {
		pods = append(pods, r.byIndex(gloo.Pod, byProxy, p)...)
	}
	return pods
}

// ListensOn tells whether a proxy listens for a Gateway on one of the ports.
func (r Reader) ListensOn(proxy string, ports []int) bool {
	return slices.ContainsFunc(ports, func(port int) bool {
		return len(r.byIndex(gloo.Gateway, byPort, portKey(proxy, port))) > 0
	})
}

func (r Reader) get(kind gloo.Kind, ref gloo.Ref) (gloo.Object, Answer) {
	if !r.limit.take(0) {
		return gloo.Object{}, Unknown
	}
	if store := r.stores[kind]; store != nil {
		if item, ok, _ := store.GetByKey(key(ref)); ok {
			return r.read(item.(*entry))
		}
	}
	if r.miss == nil {
		return gloo.Object{}, Unknown
	}
	type missed struct {
		kind gloo.Kind
		ref  gloo.Ref
	}
	now := remember(r.memo, missed{kind, ref}, func() answered {
		o, answer := r.miss(kind, ref)
		if !r.limit.take(len(o.Spec().Raw())) {
			return answered{}
		}
		return answered{o, answer}
	})
	return now.Object, now.Answer
}

type answered struct {
	gloo.Object
	Answer
}

// read is the object of an entry, whose text is read once.
func (r Reader) read(e *entry) (gloo.Object, Answer) {
	if e.parsed != nil {
		return *e.parsed, Found
	}
	now := remember(r.memo, e, func() answered {
		if !r.limit.take(len(e.text)) {
			return answered{}
		}
		return answered{e.object(), Found}
	})
	return now.Object, now.Answer
}

func (r Reader) byIndex(kind gloo.Kind, index, value string) []gloo.Object {
	store := r.stores[kind]
	if store == nil || !r.limit.take(0) {
		return nil
	}
	items, err := store.ByIndex(index, value)
	if err != nil { // only for an index that does not exist
		panic(err)
	}
	var objects []gloo.Object
	for _, item := range items {
		o, answer := r.read(item.(*entry))
		if answer != Found {
			return nil
		}
		if !o.Deleting {
			objects = append(objects, o)
		}
	}
	slices.SortFunc(objects, byName)
	return objects
}

func byName(a, b gloo.Object) int { return strings.Compare(a.Ref().String(), b.Ref().String()) }

// key is the key that client-go's stores use.
func key(ref gloo.Ref) string {
	if ref.Namespace == "" {
		return ref.Name
	}
	return ref.String()
}
