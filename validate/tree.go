package validate

import (
	"slices"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

// tree checks the virtual host and the routes of an object, or the options of
// an option object, from the outside in.
func (c check) tree() {
	var host, route inForce
	var parents []parent
	if c.object.Is(gloo.RouteTable) {
		host = inForce{name: c.nameAbove(c.object, c.known.Ascend(), map[string]string{})}
		parents = c.parentTracing(c.object, c.known.Ascend())
	}
	var tracing []gloo.RouteTracing
	for place := range c.object.AllOptions() {
		if place.Empty() {
			if place.Level == gloo.RouteLevel {
				route = inForce{host.name, false, tracingOf(refs.Effective{}, parents)}
			}
			continue
		}
		c.transformations(place)
		e := c.known.Effective(place)
		c.hidden(e)
		switch place.Level {
		case gloo.HostLevel:
			host = inForce{name: below(e, "the virtual host", ""), early: e.NameEarly()}
		case gloo.RouteLevel:
			if t := place.RouteTracing(); t.IsMap() {
				c.route(t)
				c.dropsParents(t, parents)
				tracing = append(tracing, t)
			}
			route = inForce{below(e, "the route", host.name), e.NameEarly(), tracingOf(e, parents)}
			c.hidesName(place, e, inForce{host.name, host.early, route.tracing})
			c.descriptorWins(e, route.tracing)
		case gloo.DestinationLevel:
			c.hidesName(place, e, route)
			c.descriptorWins(e, route.tracing)
		}
	}
	c.hiddenByAdditions()
	c.served(tracing)
}

// inForce is what holds at one level for the levels below it.
type inForce struct {
	// name says where the span's name comes from, empty if nothing names it.
	name string
	// early: the early stage names some.
	early bool
	// tracing is that of the route.
	tracing refs.Option
}

// tracingOf is the tracing that holds for a route: its own, or that of a route
// that delegates to its table.
func tracingOf(e refs.Effective, parents []parent) refs.Option {
	if e.Tracing.Exists() || len(parents) == 0 {
		return e.Tracing
	}
	return refs.Option{Value: parents[0].tracing.Value, From: &gloo.OptionRef{}}
}

// descriptorWins reports span names that a route's descriptor overrides.
func (c check) descriptorWins(e refs.Effective, tracing refs.Option) {
	descriptor := gloo.RouteTracing{Value: tracing.Value}.Descriptor()
	if descriptor.Text() == "" || c.usedWithout() {
		return
	}
	from := e.Staged.From
	if !e.Staged.Exists() {
		from = e.Deprecated.From
	}
	switch {
	case from == nil:
		for _, span := range e.Transformations().SpanTransformers() {
			c.Add(finding.DescriptorWins, span.Path, "descriptor", descriptor.Text())
		}
	case tracing.From == nil && e.Name():
		c.Add(finding.DescriptorWins, descriptor.Path, "descriptor", descriptor.Text())
	} // otherwise it is said of the option object, or nobody's to mend here
}

// usedWithout tells, of an option object, whether a route that uses it has a
// tracing block of another kind, without a descriptor: there a span name counts.
func (c check) usedWithout() bool {
	if !c.object.Is(gloo.RouteOption) {
		return false
	}
	return slices.ContainsFunc(c.known.Users(c.object), func(user refs.Place) bool {
		t := c.known.Effective(user.Options).Tracing
		return t.Exists() && gloo.RouteTracing{Value: t.Value}.Descriptor().Text() == ""
	})
}

// parent is a route that delegates to a RouteTable, with the tracing that it
// hands down.
type parent struct {
	object  gloo.Object
	tracing gloo.RouteTracing
}

// parentTracing are the tracing blocks that the routes of a RouteTable inherit
// if they have none: of the nearest routes above them that have one. Of those that
// say as much, only the first ever counts.
func (c check) parentTracing(table gloo.Object, ascent refs.Ascent) []parent {
	var found []parent
	for _, d := range ascent.Delegators(table) {
		if t := c.known.Effective(d.Options).RouteTracing(); t.Exists() {
			found = append(found, parent{d.Object, t})
		} else if d.Object.Is(gloo.RouteTable) {
			found = append(found, c.parentTracing(d.Object, ascent)...)
		}
	}
	seen := map[[2]bool]bool{}
	return slices.DeleteFunc(found, func(p parent) bool {
		says := [2]bool{p.tracing.SetsPercentages(), p.tracing.Descriptor().Text() != ""}
		again := seen[says]
		seen[says] = true
		return again
	})
}

// dropsParents reports a tracing block of a RouteTable's route that lacks what
// the block of a route above says, which it replaces whole.
func (c check) dropsParents(t gloo.RouteTracing, parents []parent) {
	for _, p := range parents {
		if fields, effect := dropped(p.tracing, t); fields != "" {
			c.Add(finding.DropsParents, t.Path, "fields", fields, "effect", effect, "parent", p.object.String())
			return
		}
	}
}

// dropped says what of a parent's tracing a child's lacks, and what comes of it.
func dropped(parent, child gloo.RouteTracing) (fields, effect string) {
	percentages := parent.SetsPercentages() && !child.SetsPercentages()
	name := parent.Descriptor().Text() != "" && child.Descriptor().Text() == ""
	switch {
	case percentages && name:
		return "tracePercentages and routeDescriptor", "it samples 100 %, and its spans are not called " + parent.Descriptor().Text()
	case percentages:
		return "tracePercentages", "it samples 100 %"
	case name:
		return "routeDescriptor", "its spans are not called " + parent.Descriptor().Text()
	default:
		return "", ""
	}
}
