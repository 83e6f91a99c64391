package verify

import "github.com/glootrace/glootrace/internal/finding"

// fault is a way in which Envoy's exports fail, and what shows it. Envoy's own
// tracing.opentelemetry.spans_sent rises with all of them.
type fault struct {
	seen       func(Evidence, Cluster) bool
	cause, fix string // may hold {upstream} and {at}, and what is known of the agent: {absence} and {remedy}
	rules      []finding.Rule
}

// faults were each measured with Envoy 1.40 and a collector; the first that is
// seen counts.
var faults = []fault{
	{
		func(_ Evidence, c Cluster) bool { return c.Missing },
		"spans are exported to {upstream}, which does not exist in Envoy",
		"let collectorUpstreamRef name an Upstream that exists and that Gloo accepts",
		[]finding.Rule{finding.MissingCollector, finding.UncheckedCluster},
	},
	{
		func(_ Evidence, c Cluster) bool {
			return c.Counters["upstream_cx_http1_total"] > 0 && c.Counters["upstream_rq_404"] > 0
		},
		"the Upstream does not speak HTTP/2, and goes to a port that takes OTLP over HTTP",
		"spec.useHttp2: true in {upstream}, and the collector's OTLP/gRPC port, 4317",
		[]finding.Rule{finding.NoHTTP2, finding.WrongPort},
	},
	{
		func(_ Evidence, c Cluster) bool {
			return c.Counters["upstream_cx_http1_total"] > 0 && c.failed() > 0
		},
		"the Upstream does not speak HTTP/2",
		"spec.useHttp2: true in {upstream}",
		[]finding.Rule{finding.NoHTTP2},
	},
	{
		func(_ Evidence, c Cluster) bool { return c.Counters["upstream_cx_none_healthy"] > 0 },
		"the Upstream has no endpoints: its host does not resolve, or no pod of its Service is ready",
		"see whether the collector's pods are ready, and whether {upstream} has the full name of their Service",
		[]finding.Rule{finding.ShortHost},
	},
	{
		func(e Evidence, c Cluster) bool { return c.refusedOnLoopback() && e.NoAgent.Cause != "" },
		"nothing takes connections at {at}: {absence}",
		"{remedy}",
		[]finding.Rule{finding.ProxyWithoutAgent},
	},
	{
		func(e Evidence, c Cluster) bool { return c.refusedOnLoopback() && e.Agent != nil && e.Agent.Err == nil },
		"nothing takes connections at {at}, though the proxy's pod runs the otel-agent: that is not the agent's port",
		"the port on which the agent takes OTLP over gRPC, 4317 unless agent.extraConfig of the Policy says another, in {upstream}",
		[]finding.Rule{finding.NotAgentsPort},
	},
	{
		func(_ Evidence, c Cluster) bool { return c.refusedOnLoopback() },
		"nothing takes connections at {at}: the proxy's pod runs without the otel-agent, or the agent is down",
		"see whether the pod has a container otel-agent that is ready; if it has none, start the pod anew",
		[]finding.Rule{finding.ProxyWithoutAgent},
	},
	{
		func(_ Evidence, c Cluster) bool { return c.Counters["upstream_cx_connect_fail"] > 0 },
		"nothing takes connections at {at}",
		"see whether the collector runs, and whether {upstream} has its address and port",
		nil,
	},
	{
		func(_ Evidence, c Cluster) bool { return c.Counters["upstream_cx_protocol_error"] > 0 },
		"what listens at {at} does not speak HTTP/2 in plain text: most often it is OTLP over HTTP, port 4318",
		"the collector's OTLP/gRPC port, 4317, in {upstream}",
		[]finding.Rule{finding.WrongPort},
	},
	{
		func(_ Evidence, c Cluster) bool {
			return c.Counters["upstream_rq_200"] == 0 && (c.Active > 0 || c.Counters["upstream_rq_timeout"] > 0)
		},
		"what listens at {at} takes connections and does not answer",
		"see whether the collector hangs, or is short of CPU or memory",
		nil,
	},
	{
		func(_ Evidence, c Cluster) bool { return c.failed() > 0 },
		"what listens at {at} refuses exports",
		"see whether it is an OpenTelemetry Collector's OTLP/gRPC port",
		nil,
	},
}
