package refs

import (
	"slices"
	"strings"

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
	selects := selection.Selects()
	return slices.DeleteFunc(r.byIndex(gloo.RouteTable, byKind, ""), func(table gloo.Object) bool { return !selects(table) })
}

// Place is one block of options, and the object that it is in.
type Place struct {
	Object  gloo.Object
	Options *gloo.Options
}

// Delegators are the routes that delegate to a RouteTable: of VirtualServices
// first, each kind sorted.
func (r Reader) Delegators(table gloo.Object) []Place { return r.Ascend().Delegators(table) }

// Ascent goes from a RouteTable up to those who delegate to it, through however
// many RouteTables, and gives each route once: thousands of RouteTables may all
// delegate to each other, and would be asked about each other.
type Ascent struct {
	reader  Reader
	waiting map[string][]delegator // by the key of their selections: those that are not given yet
}

// Ascend begins an ascent.
func (r Reader) Ascend() Ascent { return Ascent{r, map[string][]delegator{}} }

// Delegators are the routes that delegate to a RouteTable and were not given yet:
// of VirtualServices first, each kind sorted.
func (a Ascent) Delegators(table gloo.Object) []Place {
	var found []Place
	if !a.reader.limit.take(0) { // however many are known already, and wait for others
		return nil
	}
	for _, key := range table.SelectionKeys() {
		filed, asked := a.waiting[key]
		if !asked {
			filed = a.reader.filed(key)
		}
		work := 0
		for _, d := range filed {
			work += d.work
		}
		if !a.reader.limit.take(work) { // to ask each of them again and again is work too
			return nil
		}
		a.waiting[key] = slices.DeleteFunc(filed, func(d delegator) bool {
			selects := d.selects(table)
			if selects {
				found = append(found, d.Place)
			}
			return selects
		})
	}
	slices.SortStableFunc(found, func(a, b Place) int {
		if a.Object.Kind != b.Object.Kind { // the kind's name is the later one in the alphabet
			return -strings.Compare(string(a.Object.Kind), string(b.Object.Kind))
		}
		return byName(a.Object, b.Object)
	})
	return found
}

// delegator is a route that delegates, and to which RouteTables.
type delegator struct {
	Place
	selects gloo.Chosen
	work    int
}

// filed are the routes that delegate by a selection with this key.
func (r Reader) filed(key string) []delegator {
	var all []delegator
	for _, kind := range []gloo.Kind{gloo.VirtualService, gloo.RouteTable} {
		for _, o := range r.byIndex(kind, byTable, key) {
			all = append(all, r.delegations(o)[key]...)
		}
	}
	return all
}

// delegations are the routes of an object that delegate, by the key of the selection.
func (r Reader) delegations(o gloo.Object) map[string][]delegator {
	return remember(r.memo, "delegations "+o.String(), func() map[string][]delegator {
		routes := map[string][]delegator{}
		for route := range o.AllOptions() {
			selection := route.Delegates(o)
			if key := selection.Key(); key != "" {
				routes[key] = append(routes[key], delegator{Place{o, route}, selection.Selects(), workOf(selection.Child("selector").Raw())})
			}
		}
		return routes
	})
}

// VirtualServices are the VirtualServices whose routes a RouteTable's become,
// through however many RouteTables; a VirtualService stands for itself. Sorted.
func (r Reader) VirtualServices(o gloo.Object) []gloo.Object {
	if o.Kind == gloo.VirtualService {
		return []gloo.Object{o}
	}
	var roots []gloo.Object
	found := map[string]bool{o.String(): true}
	ascent := r.Ascend()
	for tables := []gloo.Object{o}; len(tables) > 0; tables = tables[1:] {
		for _, d := range ascent.Delegators(tables[0]) {
			name := d.Object.String()
			switch {
			case found[name]:
				continue
			case d.Object.Kind == gloo.VirtualService:
				roots = append(roots, d.Object)
			default:
				tables = append(tables, d.Object)
			}
			found[name] = true
		}
	}
	slices.SortFunc(roots, byName)
	return roots
}

// Users are the virtual hosts and routes that take options from an option
// object, each kind sorted.
func (r Reader) Users(option gloo.Object) []Place {
	var users []Place
	for _, kind := range []gloo.Kind{gloo.VirtualService, gloo.RouteTable} {
		for _, o := range r.byIndex(kind, byOption, optionKey(option.Kind, option.Ref())) {
			for place := range o.AllOptions() {
				for ref := range place.OptionObjects() {
					if ref.Kind == option.Kind && ref.Ref == option.Ref() {
						users = append(users, Place{o, place})
						break
					}
				}
			}
		}
	}
	return users
}
