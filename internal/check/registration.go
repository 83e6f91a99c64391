package check

import (
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"

	"github.com/glootrace/glootrace/internal/gloo"
)

// hook is what both kinds of webhook have in common.
type hook struct {
	name       string
	fail       *admissionv1.FailurePolicyType
	rules      []admissionv1.RuleWithOperations
	namespaces *metav1.LabelSelector
}

// registered compares what the API server was told with what the chart tells it.
func registered(f *facts) verdict {
	if f.live.Mutating == nil || f.live.Validating == nil {
		return verdict{}
	}
	var mutating, validating []hook
	for _, w := range f.live.Mutating.Webhooks {
		mutating = append(mutating, hook{w.Name, w.FailurePolicy, w.Rules, w.NamespaceSelector})
		if w.ReinvocationPolicy == nil || *w.ReinvocationPolicy != admissionv1.IfNeededReinvocationPolicy {
			return warn("%s has reinvocationPolicy Never: what another webhook changes after it gets no tracing", w.Name)
		}
	}
	for _, w := range f.live.Validating.Webhooks {
		validating = append(validating, hook{w.Name, w.FailurePolicy, w.Rules, w.NamespaceSelector})
	}
	for kind, hooks := range map[string][]hook{"mutate": mutating, "validate": validating} {
		for _, name := range []string{kind + ".glootrace.dev", "pods." + kind + ".glootrace.dev"} {
			if !slices.ContainsFunc(hooks, func(h hook) bool { return h.name == name }) {
				return fail("there is no webhook %s", name)
			}
		}
	}
	for _, h := range append(mutating, validating...) {
		if strings.HasPrefix(h.name, "pods.") && ptr.Deref(h.fail, admissionv1.Fail) != admissionv1.Ignore {
			return fail("%s has failurePolicy Fail: without glootrace no proxy starts", h.name)
		}
		if takesIn(h.namespaces, "kube-system") {
			return warn("%s takes in namespace kube-system", h.name)
		}
	}
	for _, hooks := range [][]hook{mutating, validating} {
		if missing := uncovered(hooks); len(missing) > 0 {
			return fail("%s: no rule of %s names them", strings.Join(missing, ", "), hooks[0].name)
		}
	}
	return ok("")
}

// uncovered are the resources of Gloo that no rule names.
func uncovered(hooks []hook) []string {
	var missing []string
	for _, api := range gloo.APIs {
		group, _, _ := strings.Cut(api.APIVersion, "/")
		if !slices.ContainsFunc(hooks, func(h hook) bool {
			return slices.ContainsFunc(h.rules, func(r admissionv1.RuleWithOperations) bool {
				return slices.Contains(r.APIGroups, group) && slices.Contains(r.Resources, api.Resource)
			})
		}) {
			missing = append(missing, api.Resource)
		}
	}
	return missing
}

func takesIn(namespaces *metav1.LabelSelector, name string) bool {
	selector, err := metav1.LabelSelectorAsSelector(namespaces)
	return err == nil && selector.Matches(labels.Set{"kubernetes.io/metadata.name": name})
}
