package verify

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/glootrace/glootrace/internal/finding"
)

// flushEvery is how long Envoy's exporter may keep a span.
const flushEvery = 5 * time.Second

// throughEnvoy ends the walk if the spans were lost in Envoy, or on the way to
// what it exports to.
func (w *walk) throughEnvoy() *Verdict {
	e := w.Envoy
	switch {
	case e == nil:
		return nil
	case e.Err != nil:
		w.seen = append(w.seen, "Envoy does not tell: "+e.Err.Error())
		return nil
	}
	if e.Node != "" {
		w.last = e.Node
	}
	if v := w.notTraced(); v != nil {
		return v
	}
	for _, name := range keys(e.Clusters) {
		if v := w.notExported(name, e.Clusters[name]); v != nil {
			return v
		}
	}
	for _, name := range keys(e.Clusters) {
		if c := e.Clusters[name]; c.Counters["upstream_rq_200"] > 0 {
			w.arrived(gateway, upstream(name), strings.Join(c.answers(), ", "))
			return nil
		}
	}
	return w.noSpans()
}

// notTraced ends the walk if no listener exports by OpenTelemetry.
func (w *walk) notTraced() *Verdict {
	if len(w.Envoy.Clusters) > 0 {
		return nil
	}
	for _, l := range w.Envoy.Listeners {
		if l.Provider != "" {
			return w.lost(zipkinHop, "listener "+l.Name+" traces with "+l.Provider).because(
				"only OpenTelemetry over gRPC can be followed: other tracers need not take the trace id of this request",
				"openTelemetryConfig in the Gateway's tracing block")
		}
	}
	v := w.lost("", fmt.Sprintf("%s, none with tracing", count(len(w.Envoy.Listeners), "HTTP listener")))
	if len(w.Envoy.Refused) > 0 {
		v.Evidence = append(v.Evidence, "Envoy refused listener "+strings.Join(w.Envoy.Refused, ", "))
		return v.because("Envoy serves an older listener than Gloo has", "mend what Envoy names; glootrace lint finds it",
			finding.NoZipkinCluster, finding.PercentRefused, finding.EmptyTag)
	}
	return v.because("the Gateway has no tracing provider, or one that Gloo left out",
		"glootrace backfill, if the Gateway is older than the webhook; else openTelemetryConfig with a collectorUpstreamRef to an Upstream that exists: glootrace lint says what is wrong with one that is there",
		finding.MissingCollector, finding.NoProvider)
}

// noSpans says why Envoy exported nothing.
func (w *walk) noSpans() *Verdict {
	e := w.Envoy
	switch {
	case e.Requests == 0:
		w.last = gateway
		return w.lost(zipkinHop, "the Envoy that was asked took no request").because(
			"another Envoy took the request", "give as --envoy-admin-url the admin interface of the proxy behind --gateway-url")
	case e.Sampled == 0:
		for _, l := range e.Listeners {
			if l.Provider == "" {
				return w.lost("", "Envoy took the request and did not trace it, listener "+l.Name+" has no tracing").because(
					"the request came to a listener without tracing, or its route samples nothing",
					"openTelemetryConfig in that listener's Gateway, and percentages above 0", finding.SampleNone)
			}
		}
		return w.lost("", "Envoy took the request and did not trace it").because(
			"the gateway or the route samples nothing, not even requests that ask for it with x-client-trace-id",
			"tracePercentages: clientSamplePercentage and overallSamplePercentage above 0", finding.SampleNone)
	case e.Spans == 0 && w.Waited <= flushEvery:
		return w.lost("", "Envoy traced the request and has exported nothing yet").because(
			fmt.Sprintf("Envoy keeps spans for up to %v", flushEvery), "--timeout 10s")
	default:
		return w.lost("", fmt.Sprintf("Envoy traced the request, counts %s as sent, and no export", count(e.Spans, "span")))
	}
}

// notExported ends the walk if a cluster shows one of the known faults.
func (w *walk) notExported(name string, c Cluster) *Verdict {
	for _, f := range faults {
		if f.seen(w.Evidence, c) {
			fill := strings.NewReplacer("{upstream}", upstream(name), "{at}", c.at(), "{absence}", w.NoAgent.Cause, "{remedy}", w.NoAgent.Fix)
			return w.lost(upstream(name), c.evidence()...).because(fill.Replace(f.cause), fill.Replace(f.fix), f.rules...)
		}
	}
	return nil
}

// evidence is what the counters say, the most telling first.
func (c Cluster) evidence() (lines []string) {
	if c.Missing {
		return []string{"Envoy has no such cluster"}
	}
	lines = c.answers()
	for _, l := range []struct {
		n          int
		what, more string
	}{
		{c.Counters["upstream_cx_protocol_error"], "protocol error", ""},
		{c.Counters["upstream_cx_http1_total"], "connection", " over HTTP/1.1"},
		{c.Counters["upstream_cx_connect_fail"], "failed connection", " to " + c.at()},
		{c.Counters["upstream_cx_none_healthy"], "export", " without an endpoint to go to"},
		{c.Counters["upstream_rq_timeout"], "export", " timed out"},
		{c.Active, "export", " without an answer yet"},
	} {
		if l.n > 0 {
			lines = append(lines, count(l.n, l.what)+l.more)
		}
	}
	if !c.HTTP2 {
		lines = append(lines, "no HTTP/2 in the cluster's configuration")
	}
	return lines
}

var answerCounter = regexp.MustCompile(`^upstream_rq_(\d{3})$`)

func (c Cluster) answers() (lines []string) {
	for _, name := range keys(c.Counters) {
		if m := answerCounter.FindStringSubmatch(name); m != nil && c.Counters[name] > 0 {
			lines = append(lines, count(c.Counters[name], "export")+" answered "+m[1])
		}
	}
	return lines
}

// failed counts exports that were answered with anything but 200.
func (c Cluster) failed() (n int) {
	for name, value := range c.Counters {
		if answerCounter.MatchString(name) && name != "upstream_rq_200" {
			n += value
		}
	}
	return n
}

// at says where the cluster goes.
func (c Cluster) at() string {
	if len(c.Endpoints) == 0 {
		return "its endpoints"
	}
	return strings.Join(c.Endpoints, ", ")
}

// onLoopback tells whether spans stay in the proxy's pod.
func (c Cluster) onLoopback() bool {
	for _, e := range c.Endpoints {
		host, _, _ := net.SplitHostPort(e)
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return false
		}
	}
	return len(c.Endpoints) > 0
}

// refusedOnLoopback tells whether nobody listens in the proxy's pod where spans go to.
func (c Cluster) refusedOnLoopback() bool {
	return c.Counters["upstream_cx_connect_fail"] > 0 && c.onLoopback()
}

// upstream is a cluster by the name of the Upstream that Gloo made it of.
func upstream(cluster string) string {
	name, namespace, ok := strings.Cut(cluster, "_")
	if !ok || name == "" || namespace == "" || strings.Contains(namespace, "_") {
		return "cluster " + cluster
	}
	return "Upstream " + namespace + "." + name
}
