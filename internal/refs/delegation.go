package refs

import (
	"slices"

	"github.com/glootrace/glootrace/internal/gloo"
)

// Parents are the hybrid Gateways that delegate to one of some MatchableHttpGateways,
// each once: first those that name it, then those that select it, each sorted.
func (r Reader) Parents(children ...gloo.Object) []gloo.Object {
	var naming, selecting []gloo.Object
	waiting := r.selecting(false)
	for _, child := range children {
		var found []gloo.Object
		found, waiting = choosing(r, waiting, child)
		naming, selecting = append(naming, r.naming(child)...), append(selecting, found...)
	}
	slices.SortFunc(naming, byName)
	slices.SortFunc(selecting, byName)
	return slices.Concat(naming, selecting)
}

// Inherits tells whether a hybrid Gateway that delegates to a MatchableHttpGateway
// hands a provider of tracing down to it.
func (r Reader) Inherits(child gloo.Object) bool {
	return slices.ContainsFunc(r.naming(child), providesForChildren) || r.selected(child, true)
}

// hasParent tells whether a hybrid Gateway delegates to a MatchableHttpGateway.
func (r Reader) hasParent(child gloo.Object) bool {
	return len(r.naming(child)) > 0 || r.selected(child, false)
}

func (r Reader) selected(child gloo.Object, providing bool) bool {
	return slices.ContainsFunc(r.selecting(providing), func(g alike[gloo.Object]) bool { return r.limit.take(g.work) && g.chooses(child) })
}

// naming are the Gateways that delegate to a MatchableHttpGateway by its name, sorted.
func (r Reader) naming(child gloo.Object) []gloo.Object {
	return slices.DeleteFunc(r.byIndex(gloo.Gateway, byDelegation, child.Ref().String()), func(g gloo.Object) bool {
		return !g.Delegation().Selects()(child)
	})
}

// selecting are the Gateways that delegate by a selector: all, or those that hand down
// a provider.
func (r Reader) selecting(providing bool) []alike[gloo.Object] {
	type selecting bool
	return remember(r.memo, selecting(providing), func() []alike[gloo.Object] {
		all := r.byIndex(gloo.Gateway, byDelegation, "")
		if providing {
			all = slices.DeleteFunc(all, func(g gloo.Object) bool { return !providesForChildren(g) })
		}
		return grouped(all, func(g gloo.Object) (string, gloo.Chosen) {
			return g.Delegation().Selection(), g.Delegation().Selects()
		})
	})
}

func providesForChildren(g gloo.Object) bool {
	_, set := g.SharedProvider()
	return set
}

// Children are the MatchableHttpGateways that a hybrid Gateway delegates to, sorted.
func (r Reader) Children(gateway gloo.Object) []gloo.Object {
	d := gateway.Delegation()
	if !d.IsMap() {
		return nil
	}
	selects := d.Selects()
	return slices.DeleteFunc(r.byIndex(gloo.MatchableHTTPGateway, byKind, ""), func(m gloo.Object) bool { return !selects(m) })
}
