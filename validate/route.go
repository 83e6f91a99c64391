package validate

import (
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// route checks a route's own tracing block.
func (c check) route(t gloo.RouteTracing) {
	if !t.SetsPercentages() {
		c.Add(finding.RouteSamplesAll, t.Path)
	}
	for _, p := range t.Percentages() {
		if n, ok := p.Number(); ok && !percentage(n) {
			c.Add(finding.PercentWraps, p.Path, "field", p.Path.Name(), "value", p.Raw())
		}
	}
	name := t.Descriptor().Text()
	propagate, set := t.Propagate().Bool()
	switch {
	case name == "" && set:
		c.Add(finding.PropagateIgnored, t.Propagate().Path)
	case name != "" && (!set || propagate):
		c.Add(finding.DescriptorPropagates, t.Descriptor().Path)
	}
	if strings.Contains(name, "{{") || strings.Contains(name, "{%") {
		c.Add(finding.LiteralDescriptor, t.Descriptor().Path, "text", name)
	}
}
