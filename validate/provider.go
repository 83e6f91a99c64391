package validate

import (
	"fmt"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// provider checks that a listener's tracing block names one provider, and that
// the one that counts is complete.
func (c check) provider(l gloo.Listener) {
	ps := l.Tracing.Providers()
	if len(ps) == 0 {
		c.noProvider(l)
		return
	}
	winner := ps[len(ps)-1]
	if len(ps) > 1 {
		var losers []string
		for _, p := range ps[:len(ps)-1] {
			losers = append(losers, p.Name)
		}
		c.Add(finding.ManyProviders, l.Tracing.Path, "winner", winner.Name, "losers", strings.Join(losers, " and "))
	}
	if winner.Name == gloo.OpenCensus {
		c.Add(finding.OpenCensus, winner.Path)
		return
	}
	if winner.IsMap() {
		c.complete(winner)
	}
}

func (c check) complete(p gloo.Provider) {
	switch {
	case p.Cluster().IsEmptyText():
		c.Add(finding.EmptyCluster, p.Cluster().Path)
	case p.Cluster().Exists() && p.Cluster().Text() == "": // of a wrong type, which is said already
	case p.Cluster().Exists() && p.Ref().Exists():
		c.Add(finding.RefIgnored, p.Ref().Path, "cluster", p.Cluster().Text())
	case p.Cluster().Exists():
		c.Add(finding.UncheckedCluster, p.Cluster().Path, "cluster", p.Cluster().Text())
	case p.Ref().IsMap():
		c.collectorRef(p)
	case p.Ref().Exists(): // of a wrong type, which is said already
	case p.Name == gloo.Zipkin:
		c.Add(finding.NoZipkinCluster, p.Path)
	default:
		c.Add(finding.NoCollector, p.Path, "ref", c.exampleRef(p))
	}
	if p.Name == gloo.Zipkin && p.Child("collectorEndpoint").Text() == "" {
		c.Add(finding.NoZipkinEndpoint, p.Path)
	}
	if p.Name == gloo.Datadog && p.Child("serviceName").Text() == "" {
		c.Add(finding.NoDatadogService, p.Path)
	}
}

func (c check) exampleRef(p gloo.Provider) string {
	if p.Name != gloo.OpenTelemetry {
		return "with namespace and name of its Upstream"
	}
	return c.preferred()
}

// preferred is the reference that glootrace would add.
func (c check) preferred() string {
	ref := c.policy.Collectors()[0]
	return fmt.Sprintf("{namespace: %s, name: %s}", ref.Namespace, ref.Name)
}

// noProvider reports a tracing block that traces nothing and gets no collector
// from glootrace either.
func (c check) noProvider(l gloo.Listener) {
	if c.injects(c.object) || l.Shared || c.inherits(c.object) {
		return
	}
	c.Add(finding.NoProvider, l.Tracing.Path, "ref", c.preferred())
}

// inherits tells whether a MatchableHttpGateway gets a provider from a Gateway
// that delegates to it.
func (c check) inherits(o gloo.Object) bool {
	return o.Kind == gloo.MatchableHTTPGateway && c.known.Inherits(o)
}
