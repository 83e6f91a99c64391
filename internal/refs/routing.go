package refs

import (
	"slices"

	"github.com/glootrace/glootrace/internal/gloo"
)

// Option looks for an option object that a virtual host or a route refers to.
func (r Reader) Option(ref gloo.OptionRef) (gloo.Object, Answer) { return r.get(ref.Kind, ref.Ref) }

// RouteTables are the RouteTables that a route of owner delegates to, sorted.
func (r Reader) RouteTables(owner gloo.Object, route *gloo.Options) []gloo.Object {
	selection := route.Delegates(owner)
	if ref, named := selection.Ref(); named {
		if table, answer := r.get(gloo.RouteTable, ref); answer == Found && !table.Deleting {
			return []gloo.Object{table}
		}
		return nil
	}
	if !selection.BySelector() {
		return nil
	}
	return slices.DeleteFunc(r.byIndex(gloo.RouteTable, byKind, ""), func(table gloo.Object) bool {
		return !selection.Selects(table)
	})
}

// Place is one block of options, and the object that it is in.
type Place struct {
	Object  gloo.Object
	Options *gloo.Options
}

// Delegators are the routes that delegate to a RouteTable: of VirtualServices
// first, each kind sorted.
func (r Reader) Delegators(table gloo.Object) []Place {
	var all []Place
	for _, kind := range []gloo.Kind{gloo.VirtualService, gloo.RouteTable} {
		for _, value := range []string{table.Ref().String(), ""} {
			for _, o := range r.byIndex(kind, byTable, value) {
				for _, route := range o.AllOptions() {
					s := route.Delegates(o)
					if s.BySelector() == (value == "") && s.Selects(table) {
						all = append(all, Place{o, route})
					}
				}
			}
		}
	}
	return all
}

// VirtualServices are the VirtualServices whose routes a RouteTable's become,
// through however many RouteTables; a VirtualService stands for itself. Sorted.
func (r Reader) VirtualServices(o gloo.Object) []gloo.Object {
	if o.Kind == gloo.VirtualService {
		return []gloo.Object{o}
	}
	var roots []gloo.Object
	found := map[gloo.Ref]bool{}
	seen := map[gloo.Ref]bool{o.Ref(): true}
	for next := []gloo.Object{o}; len(next) > 0; next = next[1:] {
		for _, d := range r.Delegators(next[0]) {
			ref := d.Object.Ref()
			switch {
			case d.Object.Kind == gloo.VirtualService && !found[ref]:
				found[ref] = true
				roots = append(roots, d.Object)
			case d.Object.Kind == gloo.RouteTable && !seen[ref]:
				seen[ref] = true
				next = append(next, d.Object)
			}
		}
	}
	slices.SortFunc(roots, byName)
	return roots
}

// ServingListener is a listener that serves a VirtualService, and the object that it is in.
type ServingListener struct {
	Object   gloo.Object
	Listener gloo.Listener
}

// Serving are the listeners that serve a VirtualService: of Gateways, and of
// MatchableHttpGateways that a Gateway delegates to, each kind sorted.
func (r Reader) Serving(vs gloo.Object) []ServingListener {
	var serving []ServingListener
	for _, kind := range []gloo.Kind{gloo.Gateway, gloo.MatchableHTTPGateway} {
		for _, o := range r.byIndex(kind, byKind, "") {
			for _, l := range o.Listeners() {
				if l.Serves(vs) && (kind == gloo.Gateway || len(r.Parents(o)) > 0) {
					serving = append(serving, ServingListener{o, l})
				}
			}
		}
	}
	return serving
}

// Users are the virtual hosts and routes that take options from an option
// object, each kind sorted.
func (r Reader) Users(option gloo.Object) []Place {
	var users []Place
	for _, kind := range []gloo.Kind{gloo.VirtualService, gloo.RouteTable} {
		for _, o := range r.byIndex(kind, byOption, optionKey(option.Kind, option.Ref())) {
			for _, place := range o.AllOptions() {
				if slices.ContainsFunc(place.OptionObjects(), func(ref gloo.OptionRef) bool {
					return ref.Kind == option.Kind && ref.Ref == option.Ref()
				}) {
					users = append(users, Place{o, place})
				}
			}
		}
	}
	return users
}
