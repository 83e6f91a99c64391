package gloo

import "fmt"

// Delegation is the part of a hybrid Gateway that selects MatchableHttpGateways.
type Delegation struct{ Value }

// Delegation is the Gateway's delegatedHttpGateways. Gloo does not look at it
// when the Gateway has matchedGateways; it does not exist then.
// Source: ComputeListener in projects/gateway/pkg/translator/hybrid_translator.go of solo-io/gloo.
func (o Object) Delegation() Delegation {
	matched := o.Spec().Child("hybridGateway", "matchedGateways")
	if !o.Is(Gateway) || matched.Exists() && !(matched.IsList() && len(matched.Items()) == 0) {
		return Delegation{}
	}
	return Delegation{o.Spec().Child("hybridGateway", "delegatedHttpGateways")}
}

// Selects tells whether the delegation takes in a MatchableHttpGateway: by
// reference, or else by namespace, labels and expressions; both must agree on
// having an sslConfig. Source: http_gateway_selector.go beside the above.
func (d Delegation) Selects() Chosen {
	if !d.IsMap() {
		return none
	}
	chosen := chosenBy(d.Child("selector"))
	if ref, named := d.Ref(); named {
		chosen = byRef(ref)
	}
	tls := d.Child("sslConfig").Exists()
	return both(chosen, func(child Object) bool { return tls == child.Spec().Child("matcher", "sslConfig").Exists() })
}

// Selection is a text that tells apart what delegations by a selector take in.
func (d Delegation) Selection() string {
	return fmt.Sprint(d.Child("sslConfig").Exists(), d.Child("selector").Raw())
}

// Ref is the MatchableHttpGateway that is named, if one is.
func (d Delegation) Ref() (Ref, bool) {
	ref := d.Child("ref")
	return refOf(ref), ref.Exists()
}

// SharedProvider is the provider that a hybrid Gateway hands down to the
// MatchableHttpGateways that it selects, if it sets one.
func (o Object) SharedProvider() (Provider, bool) { return o.SharedTracing().Provider() }

// SharedTracing is the tracing block that a hybrid Gateway hands down likewise.
func (o Object) SharedTracing() Tracing {
	return tracingOf(o.Delegation().Child("httpConnectionManagerSettings"))
}
