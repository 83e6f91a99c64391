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

// RouteTracing is the route's tracing that counts.
func (e Effective) RouteTracing() gloo.RouteTracing { return gloo.RouteTracing{Value: e.Tracing.Value} }

// Effective merges the options at a place with those of the option objects that
// it refers to.
func (r Reader) Effective(place *gloo.Options) Effective {
	e := Effective{
		Staged:     Option{Value: place.Transformations().Staged},
		Deprecated: Option{Value: place.Transformations().Deprecated},
		Tracing:    Option{Value: place.RouteTracing().Value},
	}
	for _, ref := range place.OptionObjects() {
		o, answer := r.Option(ref)
		if answer != Found {
			e.Unread = e.Unread || answer != Missing
			continue
		}
		for theirs := range o.AllOptions() {
			e.take(&e.Staged, Option{theirs.Transformations().Staged, &ref})
			e.take(&e.Deprecated, Option{theirs.Transformations().Deprecated, &ref})
			e.take(&e.Tracing, Option{theirs.RouteTracing().Value, &ref})
		}
	}
	return e
}

func (e *Effective) take(have *Option, theirs Option) {
	switch {
	case !theirs.Exists():
	case have.Exists():
		e.Hidden = append(e.Hidden, Hidden{theirs, *have})
	default:
		*have = theirs
	}
}
