package check

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	utilversion "k8s.io/apimachinery/pkg/util/version"
	"sigs.k8s.io/yaml"
)

// rendered is what the chart renders by default, for a Kubernetes that has match conditions. A test holds that it does.
//
//go:embed webhooks.yaml
var rendered []byte

// hook is a webhook of either kind. Those of the validating configuration have no reinvocationPolicy.
type hook struct {
	kind  string // of its configuration
	index int    // there
	admissionv1.MutatingWebhook
}

// hooks are those of both configurations.
func hooks(mutating []admissionv1.MutatingWebhook, validating []admissionv1.ValidatingWebhook) []hook {
	var all []hook
	for i, w := range mutating {
		all = append(all, hook{"mutatingwebhookconfiguration", i, w})
	}
	for i, w := range validating {
		all = append(all, hook{"validatingwebhookconfiguration", i, admissionv1.MutatingWebhook{Name: w.Name, ClientConfig: w.ClientConfig, Rules: w.Rules,
			FailurePolicy: w.FailurePolicy, MatchPolicy: w.MatchPolicy, NamespaceSelector: w.NamespaceSelector, ObjectSelector: w.ObjectSelector,
			MatchConditions: w.MatchConditions}})
	}
	return all
}

// hooks are the live ones.
func (f *facts) hooks() []hook {
	var mutating []admissionv1.MutatingWebhook
	var validating []admissionv1.ValidatingWebhook
	if c := f.live.Mutating; c != nil {
		mutating = c.Webhooks
	}
	if c := f.live.Validating; c != nil {
		validating = c.Webhooks
	}
	return hooks(mutating, validating)
}

// ofTheChart are the webhooks that the chart renders by default.
func ofTheChart() []hook {
	var w struct {
		Mutating   []admissionv1.MutatingWebhook   `json:"mutating"`
		Validating []admissionv1.ValidatingWebhook `json:"validating"`
	}
	if err := yaml.UnmarshalStrict(rendered, &w); err != nil {
		panic(fmt.Sprintf("webhooks.yaml: %v", err))
	}
	return hooks(w.Mutating, w.Validating)
}

// registered compares what the API server was told with what the chart tells it: what keeps a request from glootrace fails.
func registered(f *facts) verdict {
	if f.live.Mutating == nil || f.live.Validating == nil {
		return verdict{}
	}
	chart, live := ofTheChart(), f.hooks()
	if v, err := utilversion.ParseGeneric(f.version.GitVersion); err == nil && v.LessThan(matchConditions) {
		for i := range chart {
			chart[i].MatchConditions = nil
		}
	}
	var faults []verdict
	for _, want := range chart {
		i := slices.IndexFunc(live, want.same)
		if i < 0 {
			faults = append(faults, fail("there is no webhook %s", want.Name))
			continue
		}
		faults = append(faults, want.differs(live[i], f.live.Mutating.Name)...)
	}
	for _, h := range live {
		if !slices.ContainsFunc(chart, h.same) {
			faults = append(faults, warn("the chart has no webhook %s", h.Name).by("%s", h.remove(f.live.Mutating.Name, "")))
		}
	}
	return together(faults)
}

func (h hook) same(other hook) bool { return h.kind == other.kind && h.Name == other.Name }

// remove is the command that takes something out of a webhook, or the webhook, which helm upgrade leaves: to Helm what
// somebody has added to a list by name is somebody else's.
func (h hook) remove(configuration, path string) string {
	return fmt.Sprintf(`kubectl patch %s %s --type=json -p '[{"op":"remove","path":"/webhooks/%d%s"}]', for helm upgrade leaves what was added`, h.kind, configuration, h.index, path)
}

// together is one verdict: the worst first, and what mends each.
func together(faults []verdict) verdict {
	if len(faults) == 0 {
		return ok("")
	}
	slices.SortStableFunc(faults, func(a, b verdict) int {
		return strings.Compare(string(a.status), string(b.status)) // fail, warn
	})
	v := verdict{status: faults[0].status}
	var reasons, fixes []string
	for _, fault := range faults {
		reasons = append(reasons, fault.reason)
		if fault.fix == "" {
			fault.fix = reinstall
		}
		if !slices.Contains(fixes, fault.fix) {
			fixes = append(fixes, fault.fix)
		}
	}
	v.reason, v.fix = strings.Join(reasons, "; "), strings.Join(fixes, "; ")
	return v
}
