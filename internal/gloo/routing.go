package gloo

import (
	"fmt"
	"maps"
	"slices"
)

// TableSelection is a route's delegateAction: the RouteTables whose routes take
// its place.
type TableSelection struct {
	Value
	// Owner is the namespace of the object that delegates.
	Owner string
}

// Delegates is what the route of these options delegates to; it does not exist
// for a route that does not delegate.
func (o *Options) Delegates(owner Object) TableSelection {
	if o.Level != RouteLevel {
		return TableSelection{}
	}
	return TableSelection{o.Holder.Child("delegateAction"), owner.Namespace}
}

// Ref is the RouteTable that is named, if one is: Gloo prefers the deprecated
// notation (name and namespace in the action itself).
// Source: DelegateAction in virtual_service.proto of solo-io/gloo.
func (s TableSelection) Ref() (Ref, bool) {
	if old := refOf(s.Value); old != (Ref{}) {
		return old, true
	}
	if ref := s.Child("ref"); ref.Exists() {
		return refOf(ref), true
	}
	return Ref{}, false
}

// BySelector tells whether RouteTables are selected, not named.
func (s TableSelection) BySelector() bool {
	_, named := s.Ref()
	return !named && s.Child("selector").Exists()
}

// Selects tells whether a RouteTable is among those delegated to. A selector
// that names no namespace looks into its owner's only.
func (s TableSelection) Selects() Chosen {
	if ref, named := s.Ref(); named {
		return byRef(ref)
	}
	selector := s.Child("selector")
	if !selector.Exists() {
		return none
	}
	chosen := chosenBy(selector)
	if len(selector.Child("namespaces").Items()) > 0 {
		return chosen
	}
	return both(chosen, func(table Object) bool { return table.Namespace == s.Owner })
}

// Key is what the selection can be filed under: whatever RouteTable it selects
// has it among its SelectionKeys. It is empty for what selects nothing.
func (s TableSelection) Key() string {
	if ref, named := s.Ref(); named {
		return ref.String()
	}
	if !s.BySelector() {
		return ""
	}
	wanted := s.Child("selector", "labels").Texts()
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		return labelKey(name, wanted[name])
	}
	return anyTable
}

// SelectionKeys are the keys of all selections that may select the RouteTable.
func (o Object) SelectionKeys() []string {
	keys := []string{o.Ref().String()}
	for name, value := range o.Labels() {
		keys = append(keys, labelKey(name, value))
	}
	slices.Sort(keys)
	return append(keys, anyTable)
}

const anyTable = "*"

func labelKey(name, value string) string { return name + "=" + value }

// Serves tells whether the listener serves a VirtualService: by expressions,
// else by labels, else by reference, else all of its namespaces; both must
// agree on TLS. Settings that are handed down serve none themselves.
// Source: GatewayContainsVirtualService in projects/gateway/pkg/translator of solo-io/gloo.
func (l Listener) Serves() Chosen {
	if !l.gateway.Exists() {
		return none
	}
	chosen := inNamespaces(l.gateway.Child("virtualServiceNamespaces"))
	byLabels, named := l.gateway.Child("virtualServiceSelector").Texts(), l.Names()
	switch e := l.gateway.Child("virtualServiceExpressions"); {
	case e.Exists():
		chosen = both(chosen, fulfils(e.Child("expressions")))
	case len(byLabels) > 0:
		chosen = both(chosen, labelled(byLabels))
	case len(named) > 0:
		listed := map[Ref]bool{}
		for _, ref := range named {
			listed[ref] = true
		}
		chosen = func(vs Object) bool { return listed[vs.Ref()] }
	}
	return both(chosen, func(vs Object) bool { return l.tls == vs.Spec().Child("sslConfig").Exists() })
}

// Selection is a text that tells listeners apart by what they choose, but by reference.
func (l Listener) Selection() string {
	g := l.gateway
	return fmt.Sprintln(g.Exists(), l.tls, g.Child("virtualServiceNamespaces").Raw(), g.Child("virtualServiceExpressions").Raw(), g.Child("virtualServiceSelector").Raw())
}

// Names are the VirtualServices that the listener serves by reference; none if
// it chooses otherwise.
func (l Listener) Names() []Ref {
	if l.gateway.Child("virtualServiceExpressions").Exists() || len(l.gateway.Child("virtualServiceSelector").Texts()) > 0 {
		return nil
	}
	var refs []Ref
	for _, v := range l.gateway.Child("virtualServices").Items() {
		refs = append(refs, refOf(v))
	}
	return refs
}

// IsPart tells whether a VirtualService can be but a part of one, such as a patch:
// its virtual host is for no domains and has no routes, and so serves nothing.
func (o Object) IsPart() bool {
	host := o.Spec().Child("virtualHost")
	return o.Is(VirtualService) && host.IsMap() && len(host.Child("domains").Items())+len(host.Child("routes").Items()) == 0
}

// Domains are the hosts that a VirtualService is for; without any it is for all.
func (o Object) Domains() []string {
	var all []string
	for _, d := range o.Spec().Child("virtualHost", "domains").Items() {
		all = append(all, d.Text())
	}
	if len(all) == 0 {
		all = []string{"*"}
	}
	return all
}
