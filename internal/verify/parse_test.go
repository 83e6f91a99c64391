package verify

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The samples in testdata are from Envoy 1.40, an OpenTelemetry Collector 0.153
// and Zipkin 3.6; of Envoy's, what is not looked at is left out.

func TestAnUpstreamWithoutHTTP2IsSeenInEnvoysAnswers(t *testing.T) {
	config, err := parseConfigDump(sample(t, "config_dump.json"))
	if err != nil {
		t.Fatal(err)
	}
	got := compareEnvoys(&envoySnapshot{stats: stats(t, "stats.before.json")}, &envoySnapshot{config: config, stats: stats(t, "stats.after.json")})
	const name = "opentelemetry-collector_gloo-system"
	c := got.Clusters[name]
	want := Counters{"upstream_rq_502": 1, "upstream_cx_http1_total": 1, "upstream_cx_protocol_error": 1, "membership_total": 0}
	for counter, n := range want {
		if c.Counters[counter] != n {
			t.Errorf("%s rose by %d, want %d", counter, c.Counters[counter], n)
		}
	}
	got.Clusters = nil
	c.Counters = nil
	if diff := cmp.Diff(&Envoy{
		Node:      "gateway-proxy-6d5f.gloo-system",
		Listeners: []Listener{{"listener-::-8080", openTelemetry, name}},
		Requests:  1, Sampled: 1, Spans: 2,
	}, got); diff != "" {
		t.Errorf("Envoy (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Cluster{Endpoints: []string{"127.0.0.1:24317"}}, c); diff != "" {
		t.Errorf("cluster (-want +got):\n%s", diff)
	}
}

func TestListenersAndClustersFromTheControlPlaneAreSeen(t *testing.T) {
	config, err := parseConfigDump(sample(t, "dynamic_config_dump.json"))
	if err != nil {
		t.Fatal(err)
	}
	const agent, discovered = "opentelemetry-agent_gloo-system", "kube-svc:otel-otel-collector-4317_otel"
	if diff := cmp.Diff(&Envoy{
		Node: "gateway-proxy-6d5f.gloo-system",
		Listeners: []Listener{
			{Name: "prometheus_listener"},
			{"listener-::-8080", openTelemetry, agent},
			{"listener-::-8080", openTelemetry, discovered},
			{"listener-::-8443", openTelemetry, "gone_gloo-system"},
		},
		Refused: []string{"listener-::-8443: Proto constraint validation failed"},
		Clusters: map[string]Cluster{
			agent:              {HTTP2: true, Endpoints: []string{"127.0.0.1:4317"}},
			discovered:         {HTTP2: true},
			"gone_gloo-system": {Missing: true},
		},
	}, config.envoy()); diff != "" {
		t.Errorf("Envoy (-want +got):\n%s", diff)
	}
	const filter = `^(tracing\.opentelemetry\.|http\..*\.tracing\.|http\..*\.downstream_rq_total$|` +
		`cluster\.gone_gloo-system\.|cluster\.kube-svc_otel-otel-collector-4317_otel\.|cluster\.opentelemetry-agent_gloo-system\.)`
	if got := config.statsFilter(); got != filter {
		t.Errorf("filter of the statistics %s, want %s", got, filter)
	}
}

func TestWhatIsNotEnvoysIsRefused(t *testing.T) {
	for _, body := range []string{"", "<html>", "[]", "{}", `{"configs": []}`} {
		if _, err := parseConfigDump([]byte(body)); err == nil {
			t.Errorf("%q was taken for a configuration", body)
		}
	}
	if _, err := parseStats([]byte("a: 1")); err == nil {
		t.Error("text was taken for statistics in JSON")
	}
}

func TestTelemetryOfACollectorTellsWhereSpansWent(t *testing.T) {
	for sampleName, want := range map[string]Telemetry{
		"passed":  {Accepted: 2, Exporters: map[string]Exporter{"zipkin": {Sent: 2}}},
		"waiting": {Accepted: 2, Exporters: map[string]Exporter{"otlp": {Queue: 2}}},
		"limited": {Refused: 2, Limited: 2, Held: map[string]int{"memory_limiter": 2}, Exporters: map[string]Exporter{"otlp": {}}},
		"dropped": {Accepted: 2, Held: map[string]int{"filter": 2}, Exporters: map[string]Exporter{"zipkin": {}}},
	} {
		t.Run(sampleName, func(t *testing.T) {
			if want.Held == nil {
				want.Held = map[string]int{}
			}
			got := compareTelemetry(
				&telemetrySnapshot{metrics: prometheus(t, sampleName+".before.prom")},
				&telemetrySnapshot{metrics: prometheus(t, sampleName+".after.prom")})
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("telemetry (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMetricsOfEveryReleaseAndSignalAreToldApart(t *testing.T) {
	got, err := parseMetrics([]byte(`
# TYPE otelcol_exporter_sent_spans__spans__total counter
otelcol_exporter_sent_spans__spans__total{exporter="zipkin",service_name="otelcol",otel_scope_name="x"} 3
otelcol_exporter_sent_spans__spans__total{exporter="otlp/a",server_address="a"} 1
otelcol_exporter_sent_spans__spans__total{exporter="otlp/a",server_address="b"} 1
# TYPE otelcol_receiver_accepted_spans_total counter
otelcol_receiver_accepted_spans_total{receiver="otlp"} 5
# TYPE otelcol_exporter_queue_size gauge
otelcol_exporter_queue_size{exporter="otlp/a"} 7
otelcol_exporter_queue_size{exporter="otlp/a",data_type="logs"} 9
# TYPE otelcol_processor_incoming_items counter
otelcol_processor_incoming_items{processor="filter",otel_signal="metrics"} 4
# TYPE up gauge
up 1
`))
	if err != nil {
		t.Fatal(err)
	}
	want := metrics{
		"exporter_sent_spans":     {"zipkin": 3, "otlp/a": 2},
		"receiver_accepted_spans": {"otlp": 5},
		"exporter_queue_size":     {"otlp/a": 7},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	if _, err := parseMetrics([]byte("<html>")); err == nil {
		t.Error("HTML was taken for telemetry")
	}
}

func TestACollectorThatWasStartedAnewCountsFromZero(t *testing.T) {
	if got := rose(100, 3); got != 3 {
		t.Errorf("from 100 to 3 it rose by %d, want 3", got)
	}
}

func TestTheStatusOfASpanIsInItsTags(t *testing.T) {
	for status, tags := range map[string][]map[string]string{
		Unset:  {nil, {"http.status_code": "404"}, {"otel.status_code": "OK"}},
		Failed: {{"error": ""}, {"error": "true"}, {"otel.status_code": "ERROR"}, {"otel.status_code": "STATUS_CODE_ERROR"}},
	} {
		for _, tags := range tags {
			if got := statusOf(tags); got != status {
				t.Errorf("status of %v is %s, want %s", tags, got, status)
			}
		}
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func stats(t testing.TB, name string) map[string]int {
	t.Helper()
	s, err := parseStats(sample(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func prometheus(t testing.TB, name string) metrics {
	t.Helper()
	m, err := parseMetrics(sample(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
