package datapath

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// upstreams are those that the chart brings.
const upstreams = `
apiVersion: gloo.solo.io/v1
kind: Upstream
metadata: {name: opentelemetry-collector, namespace: gloo-system}
spec:
  useHttp2: true
  static:
    hosts: [{addr: otel-collector, port: 4317}]
---
apiVersion: gloo.solo.io/v1
kind: Upstream
metadata: {name: opentelemetry-agent, namespace: gloo-system}
spec:
  useHttp2: true
  static:
    hosts: [{addr: 127.0.0.1, port: 4317}]
`

// nobody is an Upstream where nobody listens.
const nobody = `
apiVersion: gloo.solo.io/v1
kind: Upstream
metadata: {name: nobody, namespace: gloo-system}
spec:
  static:
    hosts: [{addr: 127.0.0.1, port: 1}]
`

// gatewayNamed is a Gateway after admission.
func gatewayNamed(name string) string {
	return fmt.Sprintf(`
apiVersion: gateway.solo.io/v1
kind: Gateway
metadata: {name: %s, namespace: gloo-system}
spec:
  bindPort: 8080
  httpGateway:
    options:
      httpConnectionManagerSettings:
        tracing:
          openTelemetryConfig:
            collectorUpstreamRef: {namespace: gloo-system, name: opentelemetry-agent}
`, name)
}

// virtualService is a VirtualService after admission: named after its host, and with an answer of each sort.
const virtualService = `
apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: default, namespace: gloo-system}
spec:
  virtualHost:
    domains: ['*']
    options:
      stagedTransformations:
        regular:
          requestTransforms:
          - requestTransformation:
              transformationTemplate:
                passthrough: {}
                spanTransformer: {name: {text: '{{header("Host")}}'}}
    routes:
    - matchers: [{prefix: /special}]
      directResponseAction: {status: 200}
      options: {tracing: {routeDescriptor: SPECIAL_ROUTE, propagate: false}}
    - matchers: [{exact: /moved}]
      redirectAction: {hostRedirect: elsewhere}
    - matchers: [{exact: /missing}]
      directResponseAction: {status: 404}
    - matchers: [{exact: /broken}]
      directResponseAction: {status: 500}
    - matchers: [{exact: /nobody}]
      routeAction: {single: {upstream: {name: nobody, namespace: gloo-system}}}
    - matchers: [{prefix: /}]
      directResponseAction: {status: 200, body: hello world}
`

// path is all that a span passes through, in this order, up to Zipkin.
type path struct {
	envoy            *Envoy
	agent, collector *Collector
}

// startPath starts a path for a Gateway and Upstreams, with the collector that the chart has for values.
func startPath(t testing.TB, values map[string]any, objects ...string) path {
	t.Helper()
	hosts := Hosts{"zipkin:9411": zipkin.Address}
	var p path
	p.collector = startCollector(t, "otel-collector", chartConfig(t, values), hosts, "POD_IP=127.0.0.1")
	hosts["otel-collector:4317"] = p.collector.GRPC
	p.agent = startAgent(t, hosts, p.collector)
	hosts["127.0.0.1:4317"] = p.agent.GRPC
	p.envoy = startEnvoy(t, hosts, objects...)
	return p
}

func startEnvoy(t testing.TB, hosts Hosts, objects ...string) *Envoy {
	t.Helper()
	split := [][]byte{[]byte(nobody), []byte(virtualService)}
	for _, o := range objects {
		for document := range strings.SplitSeq(o, "\n---\n") {
			split = append(split, []byte(document))
		}
	}
	bootstrap, err := Bootstrap(split, hosts)
	if err != nil {
		t.Fatal(err)
	}
	e, err := StartEnvoy(context.Background(), bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	endsWith(t, e)
	return e
}

func startCollector(t testing.TB, name, config string, hosts Hosts, env ...string) *Collector {
	t.Helper()
	c, err := StartCollector(context.Background(), name, config, hosts, env...)
	if err != nil {
		t.Fatal(err)
	}
	endsWith(t, c)
	return c
}

func chartConfig(t testing.TB, values map[string]any) string {
	t.Helper()
	config, err := CollectorConfig(values)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// endsWith stops a process at the end of a test, those behind it in the path later than it, and shows its log if the
// test failed. So they must not end with the test's context, which ends before all that.
func endsWith(t testing.TB, p interface {
	Log() string
	Stop() error
}) {
	t.Cleanup(func() {
		if log := p.Log(); t.Failed() && log != "" {
			t.Logf("%T:\n%s", p, tail(log))
		}
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
}

// client takes redirects for what they are.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// send sends a request with a trace id of its own, and returns that id.
func (p path) send(t testing.TB, url string) (trace string) {
	t.Helper()
	id, parent := make([]byte, 16), make([]byte, 8)
	rand.Read(id)
	rand.Read(parent)
	trace = hex.EncodeToString(id)
	p.get(t, url, "Traceparent", "00-"+trace+"-"+hex.EncodeToString(parent)+"-01")
	return trace
}

// get sends a request to my-host with headers, names and values in turn.
func (p path) get(t testing.TB, url string, headers ...string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.envoy.Address+url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "my-host"
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response
}

// spansOf waits for a trace and returns its spans.
func spansOf(t testing.TB, trace string) (spans []Span) {
	t.Helper()
	eventually(t, 10*time.Second, func(ctx context.Context) (err error) {
		if spans, err = zipkin.Trace(ctx, trace); len(spans) == 0 && err == nil {
			err = fmt.Errorf("trace %s is not in Zipkin", trace)
		}
		return err
	})
	return spans
}

// tracesOf waits until Zipkin has some number of traces of a service, and returns them.
func tracesOf(t testing.TB, service string, number int, within time.Duration) (traces [][]Span) {
	t.Helper()
	eventually(t, within, func(ctx context.Context) (err error) {
		if traces, err = zipkin.Traces(ctx, service); len(traces) != number && err == nil {
			err = fmt.Errorf("%d of %d traces of %s are in Zipkin", len(traces), number, service)
		}
		return err
	})
	return traces
}

// eventually waits until a condition holds. Its error says what is missing.
func eventually(t testing.TB, within time.Duration, condition func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	var missing error
	for {
		err := condition(ctx)
		if err == nil {
			return
		}
		if ctx.Err() == nil || missing == nil {
			missing = err
		}
		select {
		case <-ctx.Done():
			t.Fatalf("after %v: %v", within, missing)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
