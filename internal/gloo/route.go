package gloo

// RouteTracing is a route's own tracing block (options.tracing).
type RouteTracing struct{ Value }

// RouteTracings are the tracing blocks of the object's routes that exist.
func (o Object) RouteTracings() []RouteTracing {
	if !o.IsGloo() {
		return nil
	}
	var ts []RouteTracing
	add := func(options Value) {
		if t := options.Child("tracing"); t.Exists() {
			ts = append(ts, RouteTracing{t})
		}
	}
	routes := Value{}
	switch o.Kind {
	case VirtualService:
		routes = o.Spec().Child("virtualHost", "routes")
	case RouteTable:
		routes = o.Spec().Child("routes")
	case RouteOption:
		add(o.Spec().Child("options"))
	}
	for _, r := range routes.Items() {
		add(r.Child("options"))
	}
	return ts
}

// Percentages are the sampling percentages that the route sets.
func (t RouteTracing) Percentages() []Value { return percentagesOf(t.Value) }

// SetsPercentages tells whether the route samples less than everything by
// percentages of its own: each that it leaves out is 100 %. That of clients is
// about requests that force tracing only.
func (t RouteTracing) SetsPercentages() bool {
	p := t.Child("tracePercentages")
	return p.Child("randomSamplePercentage").Exists() || p.Child("overallSamplePercentage").Exists()
}

// Descriptor is the name that the route gives to its spans.
func (t RouteTracing) Descriptor() Value { return t.Child("routeDescriptor") }

// Propagate tells Envoy whether to send the descriptor to clients in a response header.
func (t RouteTracing) Propagate() Value { return t.Child("propagate") }
