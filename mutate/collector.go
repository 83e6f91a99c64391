package mutate

import (
	"slices"
	"sync"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/validate"
)

// collector points each HTTP listener that has no tracing provider at the
// Policy's collector, unless validation would complain of the reference: a
// collector that is not there costs the listener, or loses its spans. A provider
// that the user chose stays, and gets what else the Policy sets and the user does not.
func collector(p *patch, pol policy.Policy, known refs.Reader) {
	first := sync.OnceValue(func() target { return usable(p.object, pol, known) })
	without := sync.OnceValue(func() []gloo.Object { return proxiesWithoutAgent(p.object, known) })
	for _, l := range p.object.Listeners() {
		provider, has := l.Tracing.Provider()
		switch {
		case l.Shared, has && p.owns(provider.Path):
			continue
		case has:
			complete(p, l.Tracing, provider, pol, known)
			continue
		case !wantsCollector(p.object, l, known):
			continue
		}
		to := first()
		if to.wrong {
			p.notes.Add(finding.NotPointed, l.Tracing.Path, "ref", to.ref.String(), "reason", to.reason.Message, "fix", to.reason.Fix)
			continue
		}
		point(p, l.Tracing, to.ref, pol, known)
		if pol.Agent.Inject && to.ref == pol.Agent.UpstreamRef && len(without()) > 0 {
			p.notes.Add(finding.ProxyWithoutAgent, l.Tracing.Path, "pods", gloo.Names(without()), "namespace", without()[0].Namespace)
		}
	}
}

// target is the collector that an object's listeners are pointed at.
type target struct {
	ref    gloo.Ref
	wrong  bool
	reason finding.Finding // what is wrong
}

// usable is the first of the Policy's collectors that validation would not
// complain of, or else the first and what is wrong with it.
func usable(o gloo.Object, pol policy.Policy, known refs.Reader) target {
	all := pol.Collectors()
	first := target{ref: all[0], wrong: true}
	for i, candidate := range all {
		complaint, bad := worse(validate.Collector(o, candidate, pol, known))
		if !bad {
			return target{ref: candidate}
		}
		if i == 0 {
			first.reason = complaint
		}
	}
	return first
}

// wantsCollector tells whether a listener without a provider is to get one.
func wantsCollector(o gloo.Object, l gloo.Listener, known refs.Reader) bool {
	switch o.Kind {
	case gloo.MatchableHTTPGateway:
		return !known.Inherits(o)
	case gloo.HTTPListenerOption: // it may exist for quite another purpose
		return l.Tracing.Exists() || o.Annotations()[policy.Inject] == "true"
	default:
		return true
	}
}

// worse is the first finding that is more than an information.
func worse(found []finding.Finding) (finding.Finding, bool) {
	i := slices.IndexFunc(found, func(f finding.Finding) bool { return f.Severity > finding.Info })
	if i < 0 {
		return finding.Finding{}, false
	}
	return found[i], true
}

// point adds the provider, and percentages where the user sets none, as one
// operation if there is no tracing block yet.
func point(p *patch, t gloo.Tracing, ref gloo.Ref, pol policy.Policy, known refs.Reader) {
	provider := map[string]any{"collectorUpstreamRef": map[string]any{"namespace": ref.Namespace, "name": ref.Name}}
	if name := pol.Gateways.ServiceName; name != "" {
		provider[serviceName] = name
	}
	percentages := missingPercentages(p.object, t, pol, known)
	if !t.Exists() {
		block := map[string]any{gloo.OpenTelemetry: provider}
		if len(percentages) > 0 {
			block[tracePercentages] = percentages
		}
		p.add(CollectorReference, t.Path, block)
		return
	}
	p.add(CollectorReference, t.Path.Child(gloo.OpenTelemetry), provider)
	if len(percentages) > 0 {
		p.add(CollectorReference, t.Path.Child(tracePercentages), percentages)
	}
}

const (
	serviceName      = "serviceName"
	tracePercentages = "tracePercentages"
)

// complete adds what the Policy says of a listener's spans, and nobody else does,
// beside the user's provider.
func complete(p *patch, t gloo.Tracing, provider gloo.Provider, pol policy.Policy, known refs.Reader) {
	name := pol.Gateways.ServiceName
	if name != "" && provider.Name == gloo.OpenTelemetry && !isSet(p.object, t, known, gloo.OpenTelemetry, serviceName) {
		p.add(ListenerSettings, provider.Path.Child(serviceName), name)
	}
	if percentages := missingPercentages(p.object, t, pol, known); len(percentages) > 0 {
		p.add(ListenerSettings, t.Path.Child(tracePercentages), percentages)
	}
}

// missingPercentages are the Policy's for a listener for which the user sets none.
func missingPercentages(o gloo.Object, t gloo.Tracing, pol policy.Policy, known refs.Reader) map[string]any {
	if isSet(o, t, known, tracePercentages) {
		return nil
	}
	percentages, want := map[string]any{}, pol.Gateways.Percentages
	if want.OnlyForced() && want.Client == nil {
		percentages["clientSamplePercentage"] = 100.0 // as it is anyway, to show that it is meant
	}
	for field, percent := range map[string]*float64{
		"clientSamplePercentage": want.Client, "randomSamplePercentage": want.Random, "overallSamplePercentage": want.Overall,
	} {
		if percent != nil {
			percentages[field] = *percent
		}
	}
	return percentages
}

// isSet tells whether a field is in a listener's tracing block, or in one that a
// Gateway hands down to it: Gloo merges them field by field.
func isSet(o gloo.Object, t gloo.Tracing, known refs.Reader, field ...string) bool {
	return t.Child(field...).Exists() || o.Is(gloo.MatchableHTTPGateway) && slices.ContainsFunc(known.Parents(o), func(parent gloo.Object) bool {
		return parent.SharedTracing().Child(field...).Exists()
	})
}

// proxiesWithoutAgent are the running proxies of a Gateway that cannot reach an
// agent until they are started anew.
func proxiesWithoutAgent(o gloo.Object, known refs.Reader) (without []gloo.Object) {
	if o.Kind != gloo.Gateway {
		return nil
	}
	for _, pod := range known.Pods(o.ProxyNames()) {
		if pod.Annotations()[agent.Injected] == "" {
			without = append(without, pod)
		}
	}
	return without
}
