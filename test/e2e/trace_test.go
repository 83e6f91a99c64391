package e2e

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/glootrace/glootrace/test/datapath"
)

func TestRequestThroughTheServiceBecomesATrace(t *testing.T) {
	install(t)
	p := startProxy(t, namespace(t))
	pod, err := p.pod(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantErrors := map[string]bool{"/": false, "/404": true, "/503": true}
	traces := map[string]string{}
	for path := range wantErrors {
		traces[path] = p.request(t, "My-Host", path)
	}
	for path, wantError := range wantErrors {
		for _, span := range spansOf(t, traces[path]) {
			if span.Kind != "SERVER" {
				continue
			}
			// Zipkin writes names in lower case.
			if span.Name != "my-host" || span.LocalEndpoint.ServiceName != "gateway-proxy" {
				t.Errorf("%s: a span %q of service %q", path, span.Name, span.LocalEndpoint.ServiceName)
			}
			if _, isError := span.Tags["error"]; isError != wantError {
				t.Errorf("%s: an error is %v, want %v: %v", path, isError, wantError, span.Tags)
			}
			if got := span.Tags["k8s.pod.name"]; got != pod.Name { // which only the agent knows
				t.Errorf("%s: k8s.pod.name is %q, want %s", path, got, pod.Name)
			}
		}
	}
}

func TestHelmTest(t *testing.T) {
	ns := namespace(t)
	install(t, "test.gatewayURL=http://gateway-proxy."+ns, "test.host=my-host")
	startProxy(t, ns)
	t.Cleanup(func() { // Helm leaves it until the next helm test
		err := cluster.CoreV1().Pods(system).Delete(context.WithoutCancel(t.Context()), release+"-test", metav1.DeleteOptions{})
		if err != nil {
			t.Error(err)
		}
	})
	out := runHelm(t, "test", release, "--logs")
	if !strings.Contains(out, "my-host") {
		t.Errorf("it says:\n%s", out)
	}
}

// request sends a request through the proxy, and returns the id of its trace.
func (p proxy) request(t testing.TB, host, path string) (trace string) {
	t.Helper()
	id := make([]byte, 16)
	rand.Read(id)
	trace = hex.EncodeToString(id)
	await(t, "a request for "+path, func(ctx context.Context) error {
		_, err := p.get(ctx, host, path, trace)
		return err
	})
	return trace
}

// spansOf waits until a trace is in Zipkin, and returns its spans.
func spansOf(t testing.TB, trace string) (spans []datapath.Span) {
	t.Helper()
	await(t, "the trace "+trace, func(ctx context.Context) (err error) {
		spans, err = zipkinTrace(ctx, trace)
		return err
	})
	return spans
}

// zipkinTrace asks the chart's Zipkin for a trace by way of the API server.
func zipkinTrace(ctx context.Context, id string) (spans []datapath.Span, err error) {
	data, err := cluster.CoreV1().Services(system).ProxyGet("http", "zipkin", "9411", "/api/v2/trace/"+id, nil).DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("Zipkin: %w", err)
	}
	return spans, json.Unmarshal(data, &spans)
}
