package gloo

import (
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// Chosen tells whether an object is among those that a selector, or a reference,
// chooses. What is written is looked at once, however many objects are asked about.
type Chosen func(Object) bool

func none(Object) bool { return false }

func both(a, b Chosen) Chosen { return func(o Object) bool { return a(o) && b(o) } }

func byRef(ref Ref) Chosen { return func(o Object) bool { return ref == o.Ref() } }

// chosenBy are the objects whose namespace and labels fit a selector.
func chosenBy(selector Value) Chosen {
	fit := both(labelled(selector.Child("labels").Texts()), fulfils(selector.Child("expressions")))
	return both(inNamespaces(selector.Child("namespaces")), fit)
}

func labelled(wanted map[string]string) Chosen { return matching(labels.SelectorFromSet(wanted)) }

func matching(s labels.Selector) Chosen {
	return func(o Object) bool { return s.Matches(labels.Set(o.Labels())) }
}

// inNamespaces are the objects in the namespaces of a list, of which * is any; all if it is empty.
func inNamespaces(list Value) Chosen {
	listed := map[string]bool{}
	for ns := range list.All() {
		listed[ns.Text()] = true
	}
	return func(o Object) bool { return len(listed) == 0 || listed["*"] || listed[o.Namespace] }
}

// operators by the names of Gloo's enum.
var operators = map[string]selection.Operator{
	"Equals": selection.Equals, "DoubleEquals": selection.DoubleEquals, "NotEquals": selection.NotEquals,
	"In": selection.In, "NotIn": selection.NotIn, "Exists": selection.Exists,
	"DoesNotExist": selection.DoesNotExist, "GreaterThan": selection.GreaterThan, "LessThan": selection.LessThan,
}

// fulfils are the objects whose labels fulfil all of the expressions; none do if Gloo
// cannot read one of them either.
func fulfils(expressions Value) Chosen {
	var all labels.Requirements
	for e := range expressions.All() {
		op := e.Child("operator").Text()
		if op == "" {
			op = "Equals" // the enum's zero value
		}
		var values []string
		for v := range e.Child("values").All() {
			values = append(values, v.Text())
		}
		r, err := labels.NewRequirement(e.Child("key").Text(), operators[op], values)
		if err != nil {
			return none
		}
		all = append(all, *r)
	}
	return matching(labels.NewSelector().Add(all...))
}
