package validate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

// Collector finds what is wrong with pointing listeners of o at an Upstream as
// their collector of OTLP. Mutation asks it before it adds such a reference, so
// that what it adds is never worse than nothing.
func Collector(o gloo.Object, ref gloo.Ref, pol policy.Policy, known refs.Reader) []finding.Finding {
	c := newCheck(o, pol, known)
	c.collector(nil, ref, gloo.OpenTelemetry)
	return c.Findings()
}

// collectorRef checks a provider's reference to its collector.
func (c check) collectorRef(p gloo.Provider) {
	ref, _ := p.Collector()
	for _, name := range []string{"name", "namespace"} {
		part := p.Ref().Child(name)
		if part.Text() != "" {
			continue
		}
		if !part.Exists() || part.IsEmptyText() { // otherwise of a wrong type, which is said already
			c.Add(finding.IncompleteRef, p.Ref().Path, "field", name, "effect", c.withoutCollector())
		}
		return
	}
	of := use{ref, p.Name}
	if _, known := c.uses[of]; !known {
		apart := c
		apart.Report = finding.NewReport(c.object)
		apart.collector(nil, ref, p.Name)
		c.uses[of] = apart.Findings()
	}
	c.Repeat(c.uses[of], p.Ref().Path)
}

// use is of an Upstream as the collector of a provider, of which thousands of listeners
// may be, and the Upstream may have thousands of hosts.
type use struct {
	ref      gloo.Ref
	provider string
}

func (c check) collector(path *gloo.Path, ref gloo.Ref, provider string) {
	u, answer := c.known.Upstream(ref)
	switch answer {
	case refs.Missing:
		c.Add(finding.MissingCollector, path, "ref", ref.String(), "effect", c.withoutCollector())
		return
	case refs.Unknown:
		c.Add(finding.UnreadCollector, path, "ref", ref.String(), "effect", c.withoutCollector())
		return
	case refs.NotGiven:
		if !slices.Contains(c.policy.Collectors(), ref) { // the Policy vouches for its own
			c.Add(finding.UnknownCollector, path, "ref", ref.String())
		}
		return
	}
	if provider == gloo.OpenTelemetry {
		c.http2(path, u)
		c.port(func(gloo.Value) *gloo.Path { return path }, u)
	}
	c.shortHost(func(gloo.Value) *gloo.Path { return path }, u, c.proxies())
}

// withoutCollector says what this version of Gloo does with a listener whose
// collector does not exist.
func (c check) withoutCollector() string {
	v := c.policy.GlooVersion()
	switch {
	case v.RefusesMissingCollector():
		return "Gloo " + v.String() + " refuses the whole listener, and every other change to this proxy"
	case v.String() != "":
		return "Gloo " + v.String() + " serves the listener without tracing"
	default:
		return "Gloo serves the listener without tracing (before 1.19 it refuses the whole listener)"
	}
}

// http2 checks that a collector's Upstream speaks HTTP/2.
func (c check) http2(path *gloo.Path, u gloo.UpstreamSpec) {
	ref := u.Ref().String()
	switch {
	case u.SpeaksHTTP2():
	case u.RefusesHTTP2():
		c.Add(finding.HTTP2Off, path, "ref", ref)
	case u.IsKubernetes():
		c.Add(finding.NoHTTP2Service, path, "ref", ref)
	default:
		c.Add(finding.NoHTTP2, path, "ref", ref)
	}
}

// otherPorts are the default ports of what is often taken for a collector's OTLP/gRPC port.
var otherPorts = map[float64]string{4318: "OTLP/HTTP", 9411: "Zipkin"}

func (c check) port(at func(gloo.Value) *gloo.Path, u gloo.UpstreamSpec) {
	if p, off := agent.OffPort(u, c.policy.Agent); off {
		c.Add(finding.NotAgentsPort, at(p), "ref", u.Ref().String(), "port", p.Raw(), "agent", strconv.Itoa(agent.Port))
		return
	}
	for _, p := range u.Ports() {
		n, _ := p.Number()
		if server, ok := otherPorts[n]; ok {
			c.Add(finding.WrongPort, at(p), "ref", u.Ref().String(), "port", p.Raw(), "server", server)
		}
	}
}

// shortHost reports host names that do not resolve where the proxies run.
func (c check) shortHost(at func(gloo.Value) *gloo.Path, u gloo.UpstreamSpec, proxies []string) {
	var elsewhere []string
	for _, ns := range proxies {
		if ns != u.Namespace {
			elsewhere = append(elsewhere, ns)
		}
	}
	if len(elsewhere) == 0 {
		return
	}
	others := strings.Join(elsewhere, ", ")
	for _, h := range u.ShortHosts() {
		c.Add(finding.ShortHost, at(h), "ref", u.Ref().String(), "host", h.Text(), "namespace", u.Namespace, "proxies", others)
	}
}

// proxyNamespaces are the namespaces of the proxies that serve Gateways, or the
// Gateways that delegate to MatchableHttpGateways.
func proxyNamespaces(known refs.Reader, objects ...gloo.Object) []string {
	var proxies, namespaces []string
	var gateways, children []gloo.Object
	for _, o := range objects {
		switch o.Kind {
		case gloo.Gateway:
			gateways = append(gateways, o)
		case gloo.MatchableHTTPGateway:
			children = append(children, o)
		}
	}
	for _, gateway := range append(gateways, known.Parents(children...)...) {
		proxies = append(proxies, gateway.ProxyNames()...)
	}
	slices.Sort(proxies)
	for _, pod := range known.Pods(slices.Compact(proxies)) {
		namespaces = append(namespaces, pod.Namespace)
	}
	slices.Sort(namespaces)
	return slices.Compact(namespaces)
}
