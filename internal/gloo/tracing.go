package gloo

// Tracing is a listener's tracing block.
type Tracing struct{ Value }

// Provider is one tracing provider of a tracing block.
type Provider struct {
	Value
	// Name is the provider's field: "openTelemetryConfig" and so on.
	Name string
}

// The providers' fields.
const (
	Zipkin        = "zipkinConfig"
	Datadog       = "datadogConfig"
	OpenTelemetry = "openTelemetryConfig"
	OpenCensus    = "openCensusConfig"
)

// providers in the order of Gloo's API: of several that are set, the last one
// counts, whatever the order in which they are written.
var providers = []string{Zipkin, Datadog, OpenTelemetry, OpenCensus}

// Providers are the providers that the block sets, in the order of Gloo's API:
// the last one counts.
func (t Tracing) Providers() []Provider {
	var ps []Provider
	for _, name := range providers {
		if v := t.Child(name); v.Exists() {
			ps = append(ps, Provider{v, name})
		}
	}
	return ps
}

// Provider is the provider that counts, if there is one.
func (t Tracing) Provider() (Provider, bool) {
	ps := t.Providers()
	if len(ps) == 0 {
		return Provider{}, false
	}
	return ps[len(ps)-1], true
}

// Collector is the Upstream that the provider sends spans to, if it names one
// that counts: a clusterName beside it wins.
func (p Provider) Collector() (Ref, bool) {
	ref := p.Ref()
	return refOf(ref), ref.IsMap() && !p.Cluster().Exists()
}

// Ref is the provider's reference to its collector's Upstream.
func (p Provider) Ref() Value { return p.Child("collectorUpstreamRef") }

// Cluster is the name of the Envoy cluster that the provider sends spans to.
func (p Provider) Cluster() Value { return p.Child("clusterName") }

// Percentages are the sampling percentages that the block sets.
func (t Tracing) Percentages() []Value { return percentagesOf(t.Value) }

// SamplesForced tells whether the block says of requests that ask to be traced that they are.
func (t Tracing) SamplesForced() bool {
	n, ok := t.Child("tracePercentages", "clientSamplePercentage").Number()
	return ok && n > 0
}

func percentagesOf(block Value) []Value {
	var ps []Value
	for _, name := range []string{"clientSamplePercentage", "randomSamplePercentage", "overallSamplePercentage"} {
		if v := block.Child("tracePercentages", name); v.Exists() {
			ps = append(ps, v)
		}
	}
	return ps
}

// Tag is one custom tag that Envoy puts on spans.
type Tag struct {
	Value
	// Name is the tag's name on the span.
	Name Value
	// Parts are the texts beside the name that Envoy needs non-empty.
	Parts []Value
}

// Tags are the custom tags of the block. A request header is its own tag's name.
func (t Tracing) Tags() []Tag {
	var tags []Tag
	for _, v := range t.Child("requestHeadersForTags").Items() {
		tags = append(tags, Tag{Value: v, Name: v})
	}
	add := func(list string, parts ...[]string) {
		for _, v := range t.Child(list).Items() {
			tag := Tag{Value: v, Name: v.Child("tag")}
			for _, p := range parts {
				tag.Parts = append(tag.Parts, v.Child(p...))
			}
			tags = append(tags, tag)
		}
	}
	add("literalsForTags", []string{"value"})
	add("environmentVariablesForTags", []string{"name"})
	add("metadataForTags", []string{"value", "namespace"}, []string{"value", "key"})
	return tags
}

// Collectors are the Upstreams that the object's tracing blocks send spans to
// over OTLP, each once.
func (o Object) Collectors() []Ref {
	return o.collectors(func(p Provider) bool { return p.Name == OpenTelemetry })
}

// AllCollectors are the Upstreams that the object's tracing blocks send spans
// to, whatever the provider, each once.
func (o Object) AllCollectors() []Ref { return o.collectors(func(Provider) bool { return true }) }

func (o Object) collectors(of func(Provider) bool) []Ref {
	var refs []Ref
	known := map[Ref]bool{}
	for _, l := range o.Listeners() {
		p, ok := l.Tracing.Provider()
		if !ok || !of(p) {
			continue
		}
		if ref, ok := p.Collector(); ok && !known[ref] {
			known[ref] = true
			refs = append(refs, ref)
		}
	}
	return refs
}
