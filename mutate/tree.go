package mutate

import (
	"slices"
	"sync"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

// tree answers what holds at a place of an object's options beside what is
// written there: the rest may come from option objects, from the routes that
// delegate to a RouteTable and, for an option object, from those who use it.
// That is the same for all places of the object, and so is looked for once.
type tree struct {
	object gloo.Object
	known  refs.Reader
	// above are the places that hand on the options which the object lacks.
	above func() []refs.Place
	// Of what comes from above: whether descriptors name all spans, whether there
	// is a deprecated block, and whether the early stage names spans, of those
	// options or of any that are inherited.
	describedAbove, deprecatedAbove, earlyAbove, earlyInherited func() bool
	// stages is what is known of staged transformations, by their places.
	stages map[*gloo.Options]early
	// route is the one that was asked for last, and ownTracing what its tracing comes to.
	route      *gloo.Options
	ownTracing gloo.RouteTracing
}

func newTree(o gloo.Object, known refs.Reader) *tree {
	t := &tree{object: o, known: known, stages: map[*gloo.Options]early{}}
	t.above = sync.OnceValue(func() []refs.Place {
		switch {
		case o.Is(gloo.RouteTable):
			return known.Delegators(o)
		case t.isOption():
			return known.Users(o)
		default:
			return nil
		}
	})
	t.describedAbove = sync.OnceValue(t.isDescribedAbove)
	t.deprecatedAbove = sync.OnceValue(t.isDeprecatedAbove)
	t.earlyAbove = sync.OnceValue(func() bool { return t.isNamedEarly(t.above()) })
	t.earlyInherited = sync.OnceValue(func() bool { return t.inheritsEarly(t.above()) })
	return t
}

func (t *tree) isOption() bool {
	return t.object.Is(gloo.RouteOption) || t.object.Is(gloo.VirtualHostOption)
}

// of are the transformations of an option object; read is false if it cannot be read.
func (t *tree) of(ref gloo.OptionRef) (transformations gloo.Transformations, read bool) {
	o, answer := t.known.Option(ref)
	if answer != refs.Found {
		return gloo.Transformations{}, false
	}
	for place := range o.AllOptions() {
		transformations = place.Transformations()
	}
	return transformations, true
}

// climb calls visit with places, and with those above each for which visit says
// so: the routes that delegate to a RouteTable and, for what is inherited, the
// places around. None is visited twice.
func (t *tree) climb(from []refs.Place, inherited bool, visit func(refs.Place) (further bool)) {
	ascent := t.known.Ascend()
	seen, climbed := map[*gloo.Options]bool{}, map[string]bool{}
	for len(from) > 0 {
		at := from[0]
		from = from[1:]
		if seen[at.Options] {
			continue
		}
		seen[at.Options] = true
		if !visit(at) {
			continue
		}
		if inherited && at.Options.Parent != nil {
			from = append(from, refs.Place{Object: at.Object, Options: at.Options.Parent})
		}
		if table := at.Object.String(); at.Object.Is(gloo.RouteTable) && at.Options.Level == gloo.RouteLevel && !climbed[table] {
			climbed[table] = true
			from = append(from, ascent.Delegators(at.Object)...)
		}
	}
}

// described tells whether a route's descriptor names all spans of a place.
func (t *tree) described(place *gloo.Options) bool {
	if place.Level == gloo.DestinationLevel {
		place = place.Parent
	}
	if place.Level != gloo.RouteLevel {
		return false
	}
	if t.route != place { // which its destinations ask for, one after the other
		t.route, t.ownTracing = place, t.known.Effective(place).RouteTracing()
	}
	if t.ownTracing.Exists() && !(t.isOption() && len(t.above()) > 0) {
		return t.ownTracing.Descriptor().Text() != ""
	}
	return t.describedAbove()
}

func (t *tree) isDescribedAbove() bool {
	found, described := false, true
	t.climb(t.above(), false, func(at refs.Place) bool {
		own := t.known.Effective(at.Options).RouteTracing()
		if !own.Exists() && at.Object.Is(gloo.RouteTable) {
			return true
		}
		found = true
		described = described && own.Descriptor().Text() != ""
		return false
	})
	return found && described
}

// handsOn tells whether the options of a place may come to other places, each
// by itself: from an option object, or to the routes of RouteTables.
func (t *tree) handsOn(place *gloo.Options) bool {
	return !t.object.Is(gloo.VirtualService) && !t.object.Is(gloo.RouteTable) || place.Delegates(t.object).Exists()
}

// hidesDeprecated tells whether a regular stage at a place that has others
// could hide a deprecated block: one that comes to the same place, or one of a
// route below that takes these other stages from here.
func (t *tree) hidesDeprecated(place *gloo.Options) bool {
	if t.known.Effective(place).Deprecated.Exists() || place.Level != gloo.DestinationLevel && t.deprecatedAbove() {
		return true
	}
	if t.isOption() {
		return slices.ContainsFunc(t.above(), func(p refs.Place) bool { return p.Options.Delegates(p.Object).Exists() })
	}
	return place.Delegates(t.object).Exists()
}

func (t *tree) isDeprecatedAbove() (found bool) {
	t.climb(t.above(), false, func(at refs.Place) bool {
		found = found || t.known.Effective(at.Options).Deprecated.Exists()
		return !found
	})
	return found
}
