package validate

import (
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// delegation checks that the providers on both sides of a delegation can be
// merged, whichever of the two objects is the one under review.
func (c check) delegation() {
	switch c.object.Kind {
	case gloo.Gateway:
		parent, ok := c.object.SharedProvider()
		if !ok {
			return
		}
		for _, child := range c.known.Children(c.object) {
			if own, ok := ownProvider(child); ok {
				c.merge(parent, parent, own, child)
			}
		}
	case gloo.MatchableHTTPGateway:
		own, ok := ownProvider(c.object)
		if !ok {
			return
		}
		for _, gateway := range c.known.Parents(c.object) {
			if parent, ok := gateway.SharedProvider(); ok {
				c.merge(own, parent, own, gateway)
			}
		}
	}
}

// merge reports, at the provider mine, what comes of merging a parent's
// provider with a child's; other is the object on the other side.
func (c check) merge(mine, parent, child gloo.Provider, other gloo.Object) {
	rule := finding.ProvidersClash
	switch {
	case parent.Name == child.Name:
		return
	case childWins(parent, child):
		rule = finding.ChildProviderWins
	}
	theirs := parent
	if mine.Path == parent.Path {
		theirs = child
	}
	c.Add(rule, mine.Path, "mine", mine.Name, "theirs", theirs.Name, "other", other.String())
}

// childWins lists the pairs that Gloo merges without panicking or mixing their
// fields; seen with Gloo's translator.
func childWins(parent, child gloo.Provider) bool {
	switch parent.Name {
	case gloo.OpenTelemetry:
		return child.Name == gloo.Datadog
	case gloo.Zipkin:
		return child.Name == gloo.Datadog || child.Name == gloo.OpenTelemetry && !child.Cluster().Exists()
	default:
		return false
	}
}

func ownProvider(o gloo.Object) (gloo.Provider, bool) {
	for _, l := range o.Listeners() {
		return l.Tracing.Provider()
	}
	return gloo.Provider{}, false
}
