package mutate

import (
	"slices"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

// tree answers what holds at a place of an object's options beside what is
// written there: the rest may come from option objects, from the routes that
// delegate to a RouteTable and, for an option object, from those who use it.
type tree struct {
	object gloo.Object
	known  refs.Reader
}

// of are the transformations of an option object; read is false if it cannot be read.
func (t tree) of(ref gloo.OptionRef) (transformations gloo.Transformations, read bool) {
	o, answer := t.known.Option(ref)
	if answer != refs.Found {
		return gloo.Transformations{}, false
	}
	for _, place := range o.AllOptions() {
		transformations = place.Transformations()
	}
	return transformations, true
}

// field picks one of the options: they come to a place each by itself.
type field func(*gloo.Options) gloo.Value

func staged(o *gloo.Options) gloo.Value     { return o.Transformations().Staged }
func deprecated(o *gloo.Options) gloo.Value { return o.Transformations().Deprecated }
func tracing(o *gloo.Options) gloo.Value    { return o.RouteTracing().Value }

// values are what one of the options can be at a place: several, where several
// routes delegate to it or several users take it from here. One that does not
// exist stands for where it is nowhere.
func (t tree) values(of field, at refs.Place) []gloo.Value {
	return t.walk(of, at, map[string]bool{})
}

func (t tree) walk(of field, at refs.Place, seen map[string]bool) []gloo.Value {
	if key := key(at); seen[key] {
		return nil
	} else {
		seen[key] = true
	}
	if v := of(at.Options); v.Exists() {
		return []gloo.Value{v}
	}
	for _, ref := range at.Options.OptionObjects() {
		o, _ := t.known.Option(ref)
		for _, place := range o.AllOptions() {
			if v := of(place); v.Exists() {
				return []gloo.Value{v}
			}
		}
	}
	sources := t.sources(at)
	if len(sources) == 0 {
		return []gloo.Value{{}}
	}
	var found []gloo.Value
	for _, up := range sources {
		found = append(found, t.walk(of, up, seen)...)
	}
	return found
}

// key tells places apart.
func key(p refs.Place) string { return p.Object.String() + " " + p.Options.Holder.Path.Pointer() }

// sources are the places that hand on to a place the options that it lacks.
func (t tree) sources(at refs.Place) []refs.Place {
	switch {
	case at.Options.Level == gloo.DestinationLevel:
		return nil
	case at.Object.Is(gloo.RouteTable):
		return t.known.Delegators(at.Object)
	case at.Object.Is(gloo.RouteOption), at.Object.Is(gloo.VirtualHostOption):
		return t.known.Users(at.Object)
	default:
		return nil
	}
}

// described tells whether a route's descriptor names all spans of a place.
func (t tree) described(place *gloo.Options) bool {
	if place.Level == gloo.DestinationLevel {
		place = place.Parent
	}
	if place.Level != gloo.RouteLevel {
		return false
	}
	for _, at := range t.applied(place) {
		for _, v := range t.values(tracing, at) {
			if (gloo.RouteTracing{Value: v}).Descriptor().Text() == "" {
				return false
			}
		}
	}
	return true
}

// applied are the places at which the options of a place of the object apply:
// itself, or those that take them from an option object, if any are known.
func (t tree) applied(place *gloo.Options) []refs.Place {
	if t.object.Is(gloo.RouteOption) || t.object.Is(gloo.VirtualHostOption) {
		if users := t.known.Users(t.object); len(users) > 0 {
			return users
		}
	}
	return []refs.Place{{Object: t.object, Options: place}}
}

// namedEarly tells whether an entry of the early stage that runs at a place may
// name the span: a name in the regular stage would win over the user's.
func (t tree) namedEarly(place *gloo.Options) bool {
	return slices.ContainsFunc(t.applied(place), func(p refs.Place) bool { return t.early(p, map[string]bool{}) })
}

func (t tree) early(at refs.Place, seen map[string]bool) bool {
	if key := key(at); seen[key] {
		return false
	} else {
		seen[key] = true
	}
	inherits := false
	for _, v := range t.values(staged, at) {
		s := gloo.Transformations{Staged: v}
		if s.Early().Named() {
			return true
		}
		inherits = inherits || s.Inherit() && at.Options.Level != gloo.HostLevel
	}
	if !inherits {
		return false
	}
	up := t.sources(at)
	if at.Options.Parent != nil {
		up = append(up, refs.Place{Object: at.Object, Options: at.Options.Parent})
	}
	for _, next := range up {
		if t.early(next, seen) || next.Options.Parent != nil && t.early(refs.Place{Object: next.Object, Options: next.Options.Parent}, seen) {
			return true
		}
	}
	return false
}

// handsOn tells whether the options of a place may come to other places, each
// by itself: from an option object, or to the routes of RouteTables.
func (t tree) handsOn(place *gloo.Options) bool {
	return !t.object.Is(gloo.VirtualService) && !t.object.Is(gloo.RouteTable) || place.Delegates(t.object).Exists()
}

// hidesDeprecated tells whether a regular stage at a place that has others
// could hide a deprecated block: one that comes to the same place, or one of a
// route below that takes these other stages from here.
func (t tree) hidesDeprecated(place *gloo.Options) bool {
	if slices.ContainsFunc(t.values(deprecated, refs.Place{Object: t.object, Options: place}), gloo.Value.Exists) {
		return true
	}
	return slices.ContainsFunc(t.applied(place), func(p refs.Place) bool { return p.Options.Delegates(p.Object).Exists() })
}
