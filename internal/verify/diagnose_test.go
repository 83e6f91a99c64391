package verify

import (
	"errors"
	"strings"
	"testing"
	"time"
)

const upstreamName = "Upstream gloo-system.opentelemetry-collector"

// envoyWith is an Envoy that traced a request and exported to a cluster.
func envoyWith(c Cluster) *Envoy {
	const name = "opentelemetry-collector_gloo-system"
	return &Envoy{
		Node:      "gateway-proxy-6d5f",
		Listeners: []Listener{{"listener-::-8080", openTelemetry, name}},
		Clusters:  map[string]Cluster{name: c},
		Requests:  1, Sampled: 1, Spans: 2,
	}
}

var (
	there   = []string{"10.0.0.1:4317"}
	healthy = envoyWith(Cluster{HTTP2: true, Endpoints: there, Counters: Counters{"upstream_rq_200": 1, "upstream_cx_http2_total": 1}})
	passed  = &Telemetry{Accepted: 2, Exporters: map[string]Exporter{"otlp": {Sent: 2}}}
	silent  = &Telemetry{Exporters: map[string]Exporter{"otlp": {}}}
	waiting = &Telemetry{Accepted: 2, Exporters: map[string]Exporter{"otlp": {Queue: 2}}}
	limited = &Telemetry{Refused: 2, Limited: 2, Held: map[string]int{"memory_limiter": 2}}
	off     = Absence{"the namespace says so", "tell it otherwise"}
	down    = &Telemetry{Err: errors.New("connect: connection refused")}
)

// exports is an Envoy whose exports were counted so. The counters are those that
// were measured for each fault.
func exports(http2 bool, counters Counters, endpoints ...string) Evidence {
	return Evidence{Envoy: envoyWith(Cluster{HTTP2: http2, Endpoints: endpoints, Counters: counters})}
}

func TestDiagnosis(t *testing.T) {
	hanging := envoyWith(Cluster{HTTP2: true, Endpoints: there, Active: 1, Counters: Counters{"upstream_rq_active": 1}})
	for name, c := range map[string]struct {
		Evidence
		// between, evidence (one of it, or a part), cause (a part), rules; asks for.
		want, evidence, cause, rules, ask string
	}{
		// What is wrong between Envoy and what it exports to.
		"no HTTP/2": {
			exports(false, Counters{"upstream_rq_502": 4, "upstream_cx_http1_total": 4, "upstream_cx_protocol_error": 4}, there...),
			"gateway-proxy-6d5f to " + upstreamName, "4 exports answered 502", "does not speak HTTP/2", "GT106", "",
		},
		"HTTP/2 to 4318": {
			exports(true, Counters{"upstream_rq_502": 1, "upstream_cx_http2_total": 1, "upstream_cx_protocol_error": 1}, "10.0.0.1:4318"),
			"gateway-proxy-6d5f to " + upstreamName, "1 protocol error", "10.0.0.1:4318 does not speak HTTP/2", "GT107", "",
		},
		"HTTP/1 to 4318": {
			exports(false, Counters{"upstream_rq_404": 1, "upstream_cx_http1_total": 1}, "10.0.0.1:4318"),
			"gateway-proxy-6d5f to " + upstreamName, "1 export answered 404", "OTLP over HTTP", "GT106 GT107", "",
		},
		"dead address": {
			exports(true, Counters{"upstream_rq_503": 1, "upstream_cx_http2_total": 1, "upstream_cx_connect_fail": 1}, there...),
			"gateway-proxy-6d5f to " + upstreamName, "1 failed connection to 10.0.0.1:4317", "nothing takes connections at 10.0.0.1:4317", "", "",
		},
		"no agent in the pod": {
			exports(true, Counters{"upstream_rq_503": 1, "upstream_cx_connect_fail": 1}, "127.0.0.1:4317"),
			"gateway-proxy-6d5f to " + upstreamName, "1 export answered 503", "without the otel-agent", "GT116", "",
		},
		"no agent in the pod, on purpose": {
			Evidence{Envoy: exports(true, Counters{"upstream_rq_503": 1, "upstream_cx_connect_fail": 1}, "127.0.0.1:4317").Envoy, Known: Known{NoAgent: off}},
			"gateway-proxy-6d5f to " + upstreamName, "1 export answered 503", "127.0.0.1:4317: the namespace says so", "GT116", "",
		},
		"another port than the agent's": {
			Evidence{Envoy: exports(true, Counters{"upstream_rq_503": 1, "upstream_cx_connect_fail": 1}, "127.0.0.1:4999").Envoy, Agent: silent},
			"gateway-proxy-6d5f to " + upstreamName, "1 export answered 503", "127.0.0.1:4999, though the proxy's pod runs the otel-agent", "GT107", "",
		},
		"an agent that does not answer either": {
			Evidence{Envoy: exports(true, Counters{"upstream_rq_503": 1, "upstream_cx_connect_fail": 1}, "127.0.0.1:4317").Envoy, Agent: down},
			"gateway-proxy-6d5f to " + upstreamName, "1 export answered 503", "or the agent is down", "GT116", "",
		},
		"no endpoints": {
			exports(true, Counters{"upstream_rq_503": 1, "upstream_cx_none_healthy": 1}),
			"gateway-proxy-6d5f to " + upstreamName, "1 export without an endpoint", "has no endpoints", "GT113", "",
		},
		"cluster missing": {
			Evidence{Envoy: envoyWith(Cluster{Missing: true, Counters: Counters{}})},
			"gateway-proxy-6d5f to " + upstreamName, "Envoy has no such cluster", "does not exist in Envoy", "GT105 GT110", "",
		},
		"collector hangs": {
			Evidence{Envoy: hanging},
			"gateway-proxy-6d5f to " + upstreamName, "1 export without an answer yet", "does not answer", "", "",
		},
		"memory limiter refuses": {
			Evidence{Envoy: healthy, Agent: limited},
			upstreamName + " to the agent", "the agent refused 2 spans and took 0", "memory limiter of the agent", "", "",
		},
		"something else refuses": {
			exports(true, Counters{"upstream_rq_401": 2, "upstream_rq_200": 1}, there...),
			"gateway-proxy-6d5f to " + upstreamName, "2 exports answered 401", "refuses exports", "", "",
		},

		// What is wrong in Envoy.
		"tracing off": {
			Evidence{Envoy: &Envoy{Listeners: []Listener{{Name: "listener-::-8080"}}}},
			"the gateway", "1 HTTP listener, none with tracing", "no tracing provider", "GT105 GT112", "",
		},
		"an update of the listener was refused": {
			Evidence{Envoy: &Envoy{Listeners: []Listener{{Name: "l"}}, Refused: []string{"l: bad percentage"}}},
			"the gateway", "Envoy refused listener l: bad percentage", "older listener", "GT103 GT108 GT109", "",
		},
		"another provider": {
			Evidence{Envoy: &Envoy{Listeners: []Listener{{"listener-::-8080", "envoy.tracers.zipkin", ""}}}},
			"the gateway to Zipkin", "listener listener-::-8080 traces with envoy.tracers.zipkin", "only OpenTelemetry", "", "",
		},
		"another Envoy": {
			Evidence{Envoy: counted(0, 0, 0)},
			"the gateway to Zipkin", "the Envoy that was asked took no request", "another Envoy", "", "",
		},
		"not sampled": {
			Evidence{Envoy: counted(1, 0, 0)},
			"gateway-proxy-6d5f", "did not trace it", "samples nothing", "GT111", "",
		},
		"not sampled, or at another listener": {
			Evidence{Envoy: counted(1, 0, 0, Listener{Name: "listener-::-8443"})},
			"gateway-proxy-6d5f", "listener listener-::-8443 has no tracing", "listener without tracing", "GT111", "",
		},
		"not waited long enough": {
			Evidence{Envoy: counted(1, 1, 0), Waited: 2 * time.Second},
			"gateway-proxy-6d5f", "has exported nothing yet", "keeps spans for up to 5s", "", "",
		},
		"nothing to be seen": {
			Evidence{Envoy: counted(1, 1, 2), Waited: 10 * time.Second},
			"gateway-proxy-6d5f", "no export", "", "", "",
		},

		// What is wrong behind Envoy.
		"the agent waits": {
			Evidence{Envoy: healthy, Agent: waiting},
			"the agent to the collector", "exporter otlp of the agent: 2 waiting, 0 sent", "", "", "--collector-metrics-url",
		},
		"collector down": {
			Evidence{Envoy: healthy, Agent: waiting, Collector: down},
			"the agent to the collector", "the collector does not tell: connect: connection refused", "the collector is down", "", "",
		},
		"no collector": {
			Evidence{Envoy: healthy, Agent: waiting, Known: Known{NoCollector: off}},
			"the agent to the collector", "exporter otlp of the agent: 2 waiting, 0 sent", "the collector is down: the namespace says so", "", "",
		},
		"collector out of memory": {
			Evidence{Envoy: healthy, Agent: waiting, Collector: limited},
			"the agent to the collector", "the collector refused 2 spans", "memory limiter of the collector", "", "",
		},
		"the agent knocks elsewhere": {
			Evidence{Envoy: healthy, Agent: waiting, Collector: silent},
			"the agent to the collector", "the collector took none", "does not reach this collector", "", "",
		},
		"the agent waits, and others come through": {
			Evidence{Envoy: healthy, Agent: waiting, Collector: passed},
			"the agent to the collector", "2 waiting", "", "", "",
		},
		"the agent's queue is full": {
			Evidence{Agent: &Telemetry{Accepted: 9, Exporters: map[string]Exporter{"otlp": {Sent: 1, Overflow: 3, Failed: 2, Queue: 3}}}},
			"the agent to the collector", "3 spans did not fit into its queue, 2 spans given up, 3 waiting, 1 sent", "", "", "--collector-metrics-url",
		},
		"another agent": {
			Evidence{Envoy: healthy, Agent: silent},
			upstreamName + " to the agent", "the agent took no spans", upstreamName + " leads to something else", "", "",
		},
		"no agent on the way, Zipkin dead": {
			Evidence{Envoy: healthy, Agent: silent, Collector: waiting},
			"the collector to Zipkin", "the agent took no spans, and the collector did", "does not reach its Zipkin", "", "",
		},
		"another collector": {
			Evidence{Envoy: healthy, Agent: passed, Collector: silent},
			"the agent to the collector", "the collector took no spans", "the agent leads to something else", "", "",
		},
		"only the collector was asked": {
			Evidence{Collector: silent},
			"the gateway to the collector", "the collector took no spans", "", "", "--envoy-admin-url --agent-metrics-url",
		},
		"a processor drops": {
			Evidence{Envoy: healthy, Agent: passed, Collector: &Telemetry{Accepted: 2, Held: map[string]int{"filter": 2}}},
			"the collector", "processor filter kept 2 spans", "processor filter", "", "",
		},
		"a processor waits": {
			Evidence{Envoy: healthy, Agent: passed, Collector: &Telemetry{Accepted: 2}},
			"the collector", "sent none on, and none wait", "tail_sampling", "", "",
		},
		"Zipkin dead for the collector": {
			Evidence{Envoy: healthy, Agent: passed, Collector: &Telemetry{Accepted: 2, Exporters: map[string]Exporter{"debug": {Sent: 2}, "zipkin": {Queue: 2}}}},
			"the collector to Zipkin", "exporter zipkin of the collector: 2 waiting, 0 sent", "does not reach its Zipkin", "", "",
		},
		"a queue that moves is no trouble": {
			Evidence{Collector: &Telemetry{Accepted: 9, Exporters: map[string]Exporter{"zipkin": {Sent: 7, Queue: 2}}}},
			"the collector to Zipkin", "the collector sent 7 on", "something else than http://zipkin:9411", "", "",
		},

		// What is not known.
		"nobody was asked": {
			Evidence{},
			"the gateway to Zipkin", "nobody between them was asked", "", "", "--envoy-admin-url --agent-metrics-url --collector-metrics-url",
		},
		"only Envoy was asked": {
			Evidence{Envoy: healthy},
			upstreamName + " to Zipkin", "1 export answered 200", "", "", "--agent-metrics-url --collector-metrics-url",
		},
		"handed to the collector": {
			Evidence{Envoy: healthy, Agent: passed},
			"the agent to Zipkin", "nothing seen after that", "", "", "--collector-metrics-url",
		},
		"Envoy does not tell": {
			Evidence{Envoy: &Envoy{Err: errors.New("GET /config_dump: answered 403")}, Collector: silent},
			"the gateway to the collector", "Envoy does not tell: GET /config_dump: answered 403", "", "", "--agent-metrics-url",
		},
		"a part of the trace is there": {
			Evidence{Envoy: healthy, Spans: 1},
			upstreamName + " to Zipkin", "Zipkin has 1 span of this trace", "", "", "--agent-metrics-url --collector-metrics-url",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.Zipkin = "http://zipkin:9411"
			v := Diagnose(c.Evidence)
			hop := v.After
			if v.Before != "" {
				hop += " to " + v.Before
			}
			if hop != c.want {
				t.Errorf("lost at %q, want %q", hop, c.want)
			}
			if said := strings.Join(v.Evidence, ", "); !strings.Contains(said, c.evidence) {
				t.Errorf("evidence %q, want %q in it", said, c.evidence)
			}
			if !strings.Contains(v.Cause, c.cause) || (v.Cause == "") != (c.cause == "") || (v.Fix == "") != (v.Cause == "") {
				t.Errorf("cause %q, fix %q, want %q and a fix with each cause", v.Cause, v.Fix, c.cause)
			}
			if c.Known != (Known{}) && !strings.HasPrefix(v.Fix, off.Fix) {
				t.Errorf("fix %q, want the one that is known", v.Fix)
			}
			if got := strings.Join(v.Rules, " "); got != c.rules {
				t.Errorf("rules %q, want %q", got, c.rules)
			}
			if got := strings.Join(v.Ask, " "); got != c.ask {
				t.Errorf("asks for %q, want %q", got, c.ask)
			}
			if strings.ContainsAny(v.Cause+v.Fix, "{}") {
				t.Errorf("a placeholder is left in %q, %q", v.Cause, v.Fix)
			}
		})
	}
}

// counted is an Envoy whose export shows nothing.
func counted(requests, sampled, spans int, others ...Listener) *Envoy {
	e := envoyWith(Cluster{HTTP2: true, Counters: Counters{"upstream_rq_200": 0}})
	e.Requests, e.Sampled, e.Spans = requests, sampled, spans
	e.Listeners = append(e.Listeners, others...)
	return e
}

func TestAnUpstreamIsRecognisedByItsCluster(t *testing.T) {
	for cluster, want := range map[string]string{
		"opentelemetry-collector_gloo-system":     upstreamName,
		"kube-svc:otel-collector-4317_otel":       "Upstream otel.kube-svc:otel-collector-4317",
		"gloo.gloo-system.svc.cluster.local:9977": "cluster gloo.gloo-system.svc.cluster.local:9977",
		"a_b_c": "cluster a_b_c",
		"_a":    "cluster _a",
	} {
		if got := upstream(cluster); got != want {
			t.Errorf("%s is %q, want %q", cluster, got, want)
		}
	}
}
