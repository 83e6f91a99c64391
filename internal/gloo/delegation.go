package gloo

import (
	"slices"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

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
func (d Delegation) Selects(child Object) bool {
	if !d.IsMap() || d.Child("sslConfig").Exists() != child.Spec().Child("matcher", "sslConfig").Exists() {
		return false
	}
	if ref, named := d.Ref(); named {
		return ref == child.Ref()
	}
	s := d.Child("selector")
	return inNamespaces(s.Child("namespaces").Items(), child.Namespace) && fits(s, child)
}

// Ref is the MatchableHttpGateway that is named, if one is.
func (d Delegation) Ref() (Ref, bool) {
	ref := d.Child("ref")
	return refOf(ref), ref.Exists()
}

func inNamespaces(namespaces []Value, ns string) bool {
	return len(namespaces) == 0 || slices.ContainsFunc(namespaces, func(v Value) bool {
		return v.Text() == "*" || v.Text() == ns
	})
}

// operators by the names of Gloo's enum.
var operators = map[string]selection.Operator{
	"Equals": selection.Equals, "DoubleEquals": selection.DoubleEquals, "NotEquals": selection.NotEquals,
	"In": selection.In, "NotIn": selection.NotIn, "Exists": selection.Exists,
	"DoesNotExist": selection.DoesNotExist, "GreaterThan": selection.GreaterThan, "LessThan": selection.LessThan,
}

// fulfils is false for an expression that Gloo cannot read either.
func fulfils(expressions []Value, of map[string]string) bool {
	for _, e := range expressions {
		op := e.Child("operator").Text()
		if op == "" {
			op = "Equals" // the enum's zero value
		}
		var values []string
		for _, v := range e.Child("values").Items() {
			values = append(values, v.Text())
		}
		r, err := labels.NewRequirement(e.Child("key").Text(), operators[op], values)
		if err != nil || !r.Matches(labels.Set(of)) {
			return false
		}
	}
	return true
}

// SharedProvider is the provider that a hybrid Gateway hands down to the
// MatchableHttpGateways that it selects, if it sets one.
func (o Object) SharedProvider() (Provider, bool) { return o.SharedTracing().Provider() }

// SharedTracing is the tracing block that a hybrid Gateway hands down likewise.
func (o Object) SharedTracing() Tracing {
	return tracingOf(o.Delegation().Child("httpConnectionManagerSettings"))
}
