package refs

import (
	"iter"

	"github.com/glootrace/glootrace/internal/gloo"
)

// ServingListener is a listener that serves a VirtualService, and the object that it is in.
type ServingListener struct {
	Object   gloo.Object
	Listener gloo.Listener
	serves   gloo.Chosen
}

// Serving are the listeners that serve one of some VirtualServices: of Gateways, and of
// MatchableHttpGateways that a Gateway delegates to. For each VirtualService these are
// first those that name it, then those that choose it otherwise and were not given yet.
func (r Reader) Serving(hosts ...gloo.Object) iter.Seq[ServingListener] {
	return func(yield func(ServingListener) bool) {
		waiting := r.choosingListeners()
		for _, vs := range hosts {
			for _, s := range r.reached(vs.Ref().String()) {
				if s.serves(vs) && !yield(s) {
					return
				}
			}
			var chosenBy []ServingListener
			chosenBy, waiting = choosing(r, waiting, vs)
			for _, s := range chosenBy {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// choosingListeners are the listeners that choose VirtualServices otherwise than by name.
func (r Reader) choosingListeners() []alike[ServingListener] {
	return remember(r.memo, "choosing listeners", func() []alike[ServingListener] {
		return grouped(r.reached(""), func(s ServingListener) (string, gloo.Chosen) { return s.Listener.Selection(), s.serves })
	})
}

// reached are the listeners that a proxy has, of those with a key in the index
// of what they serve: of Gateways first, each kind sorted.
func (r Reader) reached(key string) (all []ServingListener) {
	for _, kind := range []gloo.Kind{gloo.Gateway, gloo.MatchableHTTPGateway} {
		for _, o := range r.byIndex(kind, byServed, key) {
			all = append(all, r.listeners(o)[key]...)
		}
	}
	return all
}

// listeners are those of an object that a proxy has, by their keys in that index.
func (r Reader) listeners(o gloo.Object) map[string][]ServingListener {
	return remember(r.memo, "listeners of "+o.String(), func() map[string][]ServingListener {
		if o.Kind == gloo.MatchableHTTPGateway && !r.hasParent(o) {
			return nil
		}
		all := map[string][]ServingListener{}
		for _, l := range o.Listeners() {
			serves := l.Serves()
			for _, key := range servedKeys(l) {
				all[key] = append(all[key], ServingListener{o, l, serves})
			}
		}
		return all
	})
}
