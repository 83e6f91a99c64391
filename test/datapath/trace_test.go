package datapath

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestHelloWorldIsOneTraceInZipkin(t *testing.T) {
	t.Parallel()
	p := startPath(t, nil, upstreams, gatewayNamed("hello"))
	p.get(t, "/")
	traces := tracesOf(t, "hello", 1, 5*time.Second)
	if len(traces[0]) != 1 {
		t.Fatalf("want one trace of one span, got %+v", traces)
	}
	span := traces[0][0]
	if span.Name != "my-host" || span.LocalEndpoint.ServiceName != "hello" || span.Kind != "SERVER" {
		t.Errorf("got name %q, service %q, kind %q", span.Name, span.LocalEndpoint.ServiceName, span.Kind)
	}
}

func TestTraceOfTheClientIsGoneOnWith(t *testing.T) {
	t.Parallel()
	p := startPath(t, nil, upstreams, gatewayNamed("continued"))
	spans := spansOf(t, p.send(t, "/"))
	if len(spans) != 1 || spans[0].ParentID == "" {
		t.Errorf("want one span below the client's, got %+v", spans)
	}
}

func TestRouteDescriptorNamesTheSpan(t *testing.T) {
	t.Parallel()
	p := startPath(t, nil, upstreams, gatewayNamed("special"))
	for _, span := range spansOf(t, p.send(t, "/special")) {
		if !strings.EqualFold(span.Name, "SPECIAL_ROUTE") {
			t.Errorf("got name %q", span.Name)
		}
	}
}

func TestRouteWithTracingSamplesAllWhateverTheGatewaySays(t *testing.T) {
	t.Parallel()
	none := "tracing:\n          tracePercentages: {clientSamplePercentage: 0, randomSamplePercentage: 0, overallSamplePercentage: 0}"
	p := startPath(t, nil, upstreams, strings.Replace(gatewayNamed("sampled"), "tracing:", none, 1))
	for range 5 {
		p.get(t, "/")
	}
	p.get(t, "/special") // has a tracing block without percentages
	traces := tracesOf(t, "sampled", 1, 10*time.Second)
	if traces[0][0].Name != "special_route" {
		t.Errorf("want the trace of the route only, got %+v", traces)
	}
}

func TestNothingArrivesWithoutHTTP2(t *testing.T) {
	t.Parallel()
	without := strings.ReplaceAll(upstreams, "useHttp2: true", "")
	if codes := linted(t, without+"---\n"+gatewayNamed("without-http2")); !slices.Contains(codes, "GT106") {
		t.Errorf("validation finds %v, and not what is about to happen", codes)
	}
	p := startPath(t, nil, without, gatewayNamed("without-http2"))
	trace := p.send(t, "/")
	const cluster = "cluster.opentelemetry-agent_gloo-system."
	eventually(t, 10*time.Second, func(ctx context.Context) error {
		failed, err := p.envoy.Stat(ctx, cluster+"upstream_cx_protocol_error")
		if failed == 0 && err == nil {
			err = errors.New("no export has failed")
		}
		return err
	})
	if n, err := p.envoy.Stat(t.Context(), cluster+"upstream_cx_http1_total"); err != nil || n == 0 {
		t.Errorf("%d connections by HTTP/1.1, %v", n, err)
	}
	if n, err := p.agent.Metric(t.Context(), "receiver_accepted_spans"); err != nil || n != 0 {
		t.Errorf("the agent took %d spans, %v", n, err)
	}
	if spans, err := zipkin.Trace(t.Context(), trace); err != nil || len(spans) != 0 {
		t.Errorf("got %+v, %v", spans, err)
	}
}

// zipkinModule stands in for Zipkin's zipkin-otel module: it takes OTLP over HTTP and hands it to Zipkin.
const zipkinModule = `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:9411}}}}
exporters: {zipkin: {endpoint: http://zipkin:9411/api/v2/spans}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [zipkin]}}
`

func TestZipkinByOTLP(t *testing.T) {
	t.Parallel()
	module := startCollector(t, "zipkin-otel", zipkinModule, Hosts{"zipkin:9411": zipkin.Address})
	values := map[string]any{"zipkin": map[string]any{"protocol": "otlp"}}
	collector := startCollector(t, "otel-collector", chartConfig(t, values), Hosts{"zipkin:9411": module.HTTP}, "POD_IP=127.0.0.1")
	hosts := Hosts{"127.0.0.1:4317": collector.GRPC, "otel-collector:4317": collector.GRPC}
	p := path{envoy: startEnvoy(t, hosts, upstreams, gatewayNamed("by-otlp"))}
	for _, span := range spansOf(t, p.send(t, "/")) {
		if span.Name != "my-host" {
			t.Errorf("got name %q", span.Name)
		}
	}
}
