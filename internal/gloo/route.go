package gloo

// RouteTracing is a route's own tracing block (options.tracing).
type RouteTracing struct{ Value }

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
