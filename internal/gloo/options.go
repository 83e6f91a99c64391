package gloo

import "iter"

// Level is where in a virtual host's tree options apply. Transformations of a
// deeper level replace those of the levels above it.
type Level int

// The levels, from the outside in.
const (
	HostLevel        Level = iota // a virtual host, or a VirtualHostOption
	RouteLevel                    // a route, or a RouteOption
	DestinationLevel              // a weighted destination
)

// String names the level for messages.
func (l Level) String() string {
	return [...]string{"virtual host", "route", "weighted destination"}[l]
}

// Options is one block of options of a virtual host's tree: where
// transformations and a route's tracing stand.
type Options struct {
	// Value is the block itself; it may not exist.
	Value
	Level Level
	// Holder is what the options belong to: the virtual host, the route, the
	// weighted destination, or an option object's spec.
	Holder Value
	// Parent are the options one level up in the same object: the route's of a
	// weighted destination, the virtual host's of a VirtualService's route. It is
	// nil where the level above is in other objects.
	Parent *Options
}

// AllOptions are the places of options in the object, outer before inner, each
// list in the document's order; whether or not options are written there.
func (o Object) AllOptions() iter.Seq[*Options] {
	return func(yield func(*Options) bool) {
		if !o.IsGloo() {
			return
		}
		switch o.Kind {
		case VirtualService:
			host := o.Spec().Child("virtualHost")
			if !host.IsMap() {
				return
			}
			if outer := (&Options{host.Child("options"), HostLevel, host, nil}); yield(outer) {
				routeOptionsOf(host.Child("routes"), outer, yield)
			}
		case RouteTable:
			routeOptionsOf(o.Spec().Child("routes"), nil, yield)
		case RouteOption:
			yield(&Options{o.Spec().Child("options"), RouteLevel, o.Spec(), nil})
		case VirtualHostOption:
			yield(&Options{o.Spec().Child("options"), HostLevel, o.Spec(), nil})
		}
	}
}

func routeOptionsOf(routes Value, host *Options, yield func(*Options) bool) {
	for r := range routes.All() {
		route := &Options{r.Child("options"), RouteLevel, r, host}
		if !yield(route) {
			return
		}
		for d := range r.Child("routeAction", "multi", "destinations").All() {
			if !yield(&Options{d.Child("options"), DestinationLevel, d, route}) {
				return
			}
		}
	}
}

// Empty tells whether there are neither transformations nor tracing at the place, nor
// does it refer to option objects: as of most routes.
func (o *Options) Empty() bool {
	return !o.has("stagedTransformations", "transformations", "tracing") && !o.Holder.has("optionsConfigRefs")
}

// OptionObjects are the references to the option objects that a virtual host
// or a route takes further options from, in the order in which they count: for
// each top-level option, what is written inline wins, then the first object that has it.
func (o *Options) OptionObjects() iter.Seq[OptionRef] {
	kind := VirtualHostOption
	if o.Level == RouteLevel {
		kind = RouteOption
	}
	return func(yield func(OptionRef) bool) {
		for v := range o.Holder.Child("optionsConfigRefs", "delegateOptions").All() {
			if !yield(OptionRef{v, kind, refOf(v)}) {
				return
			}
		}
	}
}

// InheritsPath tells whether a RouteTable's route takes the path of the route that
// delegates to it.
func (o *Options) InheritsPath() bool {
	on, _ := o.Holder.Child("inheritablePathMatchers").Bool()
	return on
}

// OptionRef is a reference to an option object.
type OptionRef struct {
	Value
	Kind Kind
	Ref  Ref
}

// String names the option object for people.
func (r OptionRef) String() string { return string(r.Kind) + " " + r.Ref.String() }

func refOf(v Value) Ref { return Ref{v.Child("namespace").Text(), v.Child("name").Text()} }

// RouteTracing is the route's own tracing block; it may not exist, as it never
// does outside the level of routes.
func (o *Options) RouteTracing() RouteTracing {
	if o.Level != RouteLevel {
		return RouteTracing{}
	}
	return RouteTracing{o.Child("tracing")}
}

// Transformations is the options' transformations; see Transformations.Exist.
func (o *Options) Transformations() Transformations {
	return Transformations{
		Staged:     o.Child("stagedTransformations"),
		Deprecated: o.Child("transformations"),
	}
}
