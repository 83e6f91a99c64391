package validate

import (
	"slices"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// served reports route tracing that has no effect, since none of the listeners
// that serve it traces or will be made to by injection.
func (c check) served(tracing []gloo.RouteTracing) {
	if len(tracing) == 0 {
		return
	}
	var silent []gloo.Object
	for s := range c.known.Serving(c.known.VirtualServices(c.object)...) {
		if c.traces(s.Object, s.Listener) {
			return
		}
		silent = append(silent, s.Object)
	}
	if len(silent) == 0 {
		return
	}
	slices.SortFunc(silent, func(a, b gloo.Object) int { return strings.Compare(a.String(), b.String()) })
	silent = slices.CompactFunc(silent, func(a, b gloo.Object) bool { return a.String() == b.String() })
	for _, t := range tracing {
		c.Add(finding.NobodyTraces, t.Path, "listeners", gloo.Names(silent))
	}
}

// traces tells whether a listener has a provider, or gets one.
func (c check) traces(o gloo.Object, l gloo.Listener) bool {
	if _, set := l.Tracing.Provider(); set || c.injects(o) {
		return true
	}
	return c.inherits(o)
}

// injects tells whether the object's listeners are given a provider.
func (c check) injects(o gloo.Object) bool {
	return c.known.Injects(c.policy, o.Annotations(), o.Namespace, c.policy.Gateways.Inject)
}
