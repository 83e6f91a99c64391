package check

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"
)

// differs says what is not as the chart has it in a live webhook, in a configuration of a name. What values may set is
// not among it: failurePolicy of Gloo's objects, timeouts, and namespaces that are left out by name.
func (want hook) differs(live hook, configuration string) (faults []verdict) {
	add := func(v verdict) { faults = append(faults, v) }
	name := live.Name
	if path := live.path(); path != want.path() {
		add(fail("%s is called at path %s, not at %s", name, path, want.path()))
	}
	if missing := uncovered(want.Rules, live.Rules); len(missing) > 0 {
		add(fail("%s is not called for %s", name, few(missing)))
	} else if more := uncovered(live.Rules, want.Rules); len(more) > 0 {
		add(warn("%s is called for %s too", name, few(more)))
	}
	if selects(want.ObjectSelector).String() != selects(live.ObjectSelector).String() {
		if leftOut(want.ObjectSelector, live.ObjectSelector) {
			add(fail("%s leaves out objects by its objectSelector, %s", name, metav1.FormatLabelSelector(live.ObjectSelector)))
		} else {
			add(warn("%s has another objectSelector, %s", name, metav1.FormatLabelSelector(live.ObjectSelector)))
		}
	}
	if takesIn(live.NamespaceSelector, "kube-system") {
		add(warn("%s takes in namespace kube-system", name))
	}
	if by := otherThanNames(live.NamespaceSelector); by != nil {
		if !selects(by).Matches(labels.Set{}) {
			add(fail("%s is called in some namespaces only, by its namespaceSelector: %s", name, metav1.FormatLabelSelector(by)))
		} else {
			add(warn("%s leaves out namespaces by its namespaceSelector: %s", name, metav1.FormatLabelSelector(by)))
		}
	}
	for i, c := range live.MatchConditions {
		at := slices.IndexFunc(want.MatchConditions, func(of admissionv1.MatchCondition) bool { return of.Name == c.Name })
		if at < 0 {
			add(fail("%s leaves out what its matchCondition %s is false for", name, c.Name).by("%s", live.remove(configuration, fmt.Sprintf("/matchConditions/%d", i))))
		} else if strings.TrimSpace(c.Expression) != strings.TrimSpace(want.MatchConditions[at].Expression) {
			add(warn("%s has another expression in its matchCondition %s", name, c.Name))
		}
	}
	for _, c := range want.MatchConditions {
		if !slices.ContainsFunc(live.MatchConditions, func(of admissionv1.MatchCondition) bool { return of.Name == c.Name }) {
			add(warn("%s has no matchCondition %s, and is called for nothing", name, c.Name))
		}
	}
	if ptr.Deref(live.FailurePolicy, admissionv1.Fail) == admissionv1.Fail {
		switch {
		case strings.HasPrefix(name, "pods."):
			add(fail("%s has failurePolicy Fail: without glootrace no proxy starts", name))
		case strings.HasPrefix(name, "deletions."):
			add(warn("%s has failurePolicy Fail: without glootrace no Upstream can be deleted", name))
		}
	}
	if ptr.Deref(live.MatchPolicy, admissionv1.Equivalent) != admissionv1.Equivalent {
		add(warn("%s has matchPolicy Exact: it is not called for objects in other versions of their API", name))
	}
	if want.ReinvocationPolicy != nil && ptr.Deref(live.ReinvocationPolicy, admissionv1.NeverReinvocationPolicy) != *want.ReinvocationPolicy {
		add(warn("%s has reinvocationPolicy Never: what another webhook changes after it gets no tracing", name))
	}
	return faults
}

// path is where the webhook is called.
func (h hook) path() string {
	if s := h.ClientConfig.Service; s != nil {
		return ptr.Deref(s.Path, "/")
	}
	u, err := url.Parse(ptr.Deref(h.ClientConfig.URL, ""))
	if err != nil {
		return ""
	}
	return u.Path
}

// uncovered are the requests that rules ask for and others do not.
func uncovered(rules, by []admissionv1.RuleWithOperations) []string {
	var missing []string
	for _, r := range rules {
		for _, group := range r.APIGroups {
			for _, version := range r.APIVersions {
				for _, resource := range r.Resources {
					var operations []string
					for _, operation := range r.Operations {
						if !slices.ContainsFunc(by, func(b admissionv1.RuleWithOperations) bool {
							return anyOf(b.Operations, operation, admissionv1.OperationAll) && anyOf(b.APIGroups, group, "*") && anyOf(b.APIVersions, version, "*") &&
								(anyOf(b.Resources, resource, "*") || slices.Contains(b.Resources, "*/*")) && withinScope(r.Scope, b.Scope)
						}) {
							operations = append(operations, string(operation))
						}
					}
					if len(operations) > 0 {
						missing = append(missing, strings.Join(operations, " and ")+" of "+resource)
					}
				}
			}
		}
	}
	return missing
}

func anyOf[T comparable](all []T, one, every T) bool {
	return slices.Contains(all, one) || slices.Contains(all, every)
}

// withinScope tells whether a rule's scope is within another's.
func withinScope(scope, of *admissionv1.ScopeType) bool {
	all := admissionv1.AllScopes
	return ptr.Deref(of, all) == all || ptr.Deref(scope, all) == ptr.Deref(of, all)
}

func selects(s *metav1.LabelSelector) labels.Selector {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil { // the API server takes none that is wrong
		return labels.Nothing()
	}
	return selector
}

// leftOut tells whether a selector certainly leaves out what another one selects: objects with one label, or without.
func leftOut(want, live *metav1.LabelSelector) bool {
	if len(want.MatchExpressions) == 0 {
		return !selects(live).Matches(labels.Set{})
	}
	for _, e := range want.MatchExpressions {
		for _, value := range e.Values {
			if !selects(live).Matches(labels.Set{e.Key: value}) {
				return true
			}
		}
	}
	return false
}

// nameOfNamespace is the label that the API server gives each namespace.
const nameOfNamespace = "kubernetes.io/metadata.name"

// otherThanNames is what of a namespaceSelector does not leave out namespaces by name; nil if nothing is left.
func otherThanNames(s *metav1.LabelSelector) *metav1.LabelSelector {
	if s == nil {
		return nil
	}
	rest := s.DeepCopy()
	rest.MatchExpressions = slices.DeleteFunc(rest.MatchExpressions, func(e metav1.LabelSelectorRequirement) bool {
		return e.Key == nameOfNamespace && e.Operator == metav1.LabelSelectorOpNotIn
	})
	if len(rest.MatchLabels)+len(rest.MatchExpressions) == 0 {
		return nil
	}
	return rest
}

func takesIn(namespaces *metav1.LabelSelector, name string) bool {
	return selects(namespaces).Matches(labels.Set{nameOfNamespace: name})
}
