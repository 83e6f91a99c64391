package refs

import "github.com/glootrace/glootrace/internal/gloo"

// Effective is what the options of a virtual host, route or weighted
// destination come to: for each of them what is written inline, or else what
// the first option object has that is referred to.
// Source: mergeOptionsForRoute and its like in projects/gateway/pkg/translator of solo-io/gloo.
type Effective struct {
	Staged, Deprecated, Tracing Option
	// Hidden are the options of option objects that do not count.
	Hidden []Hidden
	// Unread is set if an option object that is referred to is not known.
	Unread bool
}

// Option is one of the options and where it comes from.
type Option struct {
	gloo.Value
	// From is the reference to the option object that has it, nil if it is inline.
	From *gloo.OptionRef
	// names are what transformations of an option object mean for the names of spans.
	names
}

// names are what is asked of transformations wherever they come to.
type names struct{ some, early, possible bool }

func namesOf(t gloo.Transformations) names {
	return names{some: t.Name(), early: t.Early().Named(), possible: t.CanName()}
}

// or is what is known of an option object's, or else what a look at an inline one tells; false if there is none.
func (o Option) or(known bool, look func() bool) bool {
	switch {
	case !o.Exists():
		return false
	case o.From != nil:
		return known
	default:
		return look()
	}
}

// Hidden is an option of an option object that does not count, since By has it too.
type Hidden struct {
	Option
	By Option
}

// Transformations are those that count.
func (e Effective) Transformations() gloo.Transformations {
	return gloo.Transformations{Staged: e.Staged.Value, Deprecated: e.Deprecated.Value}
}

// Name tells, as Transformations do, whether the span is named for some requests
// at least; without another look at those of an option object.
func (e Effective) Name() bool {
	staged, deprecated := gloo.Transformations{Staged: e.Staged.Value}, gloo.Transformations{Deprecated: e.Deprecated.Value}
	return e.Staged.or(e.Staged.some, staged.Name) ||
		!e.Transformations().DeprecatedIgnored() && e.Deprecated.or(e.Deprecated.some, deprecated.Name)
}

// NameEarly tells likewise whether the early stage names spans.
func (e Effective) NameEarly() bool {
	return e.Staged.or(e.Staged.early, func() bool { return e.Transformations().Early().Named() })
}

// CanName tells likewise whether a name could be given to some requests at least.
func (e Effective) CanName() bool {
	t := e.Transformations()
	if t.Regular().Deprecated {
		return e.Deprecated.or(e.Deprecated.possible, t.CanName)
	}
	return !e.Staged.Exists() || e.Staged.or(e.Staged.possible, t.CanName)
}

// RouteTracing is the route's tracing that counts.
func (e Effective) RouteTracing() gloo.RouteTracing { return gloo.RouteTracing{Value: e.Tracing.Value} }

// Effective merges the options at a place with those of the option objects that
// it refers to.
func (r Reader) Effective(place *gloo.Options) Effective {
	inline := brings(place)
	e := Effective{Staged: inline.staged, Deprecated: inline.deprecated, Tracing: inline.tracing}
	for ref := range place.OptionObjects() {
		theirs := r.brought(ref)
		e.Unread = e.Unread || theirs.unread
		e.take(&e.Staged, theirs.staged, &ref)
		e.take(&e.Deprecated, theirs.deprecated, &ref)
		e.take(&e.Tracing, theirs.tracing, &ref)
	}
	return e
}

func (e *Effective) take(have *Option, theirs Option, from *gloo.OptionRef) {
	theirs.From = from
	switch {
	case !theirs.Exists():
	case have.Exists():
		e.Hidden = append(e.Hidden, Hidden{theirs, *have})
	default:
		*have = theirs
	}
}

// brought are the options of one place or option object.
type brought struct {
	staged, deprecated, tracing Option
	unread                      bool
}

// brought are the options of an option object, looked at once: thousands of routes
// may refer to it, and it may have thousands of transformations.
func (r Reader) brought(ref gloo.OptionRef) brought {
	return remember(r.memo, "options of "+optionKey(ref.Kind, ref.Ref), func() brought {
		o, answer := r.Option(ref)
		if answer != Found {
			return brought{unread: answer != Missing}
		}
		var b brought
		for place := range o.AllOptions() {
			b = brings(place)
			b.staged.names = namesOf(gloo.Transformations{Staged: b.staged.Value})
			b.deprecated.names = namesOf(gloo.Transformations{Deprecated: b.deprecated.Value})
		}
		return b
	})
}

func brings(place *gloo.Options) brought {
	t := place.Transformations()
	return brought{staged: Option{Value: t.Staged}, deprecated: Option{Value: t.Deprecated}, tracing: Option{Value: place.RouteTracing().Value}}
}
