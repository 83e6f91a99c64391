package check

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"k8s.io/client-go/rest"

	"github.com/glootrace/glootrace/internal/check"
)

func TestEachCheckOfGlooFails(t *testing.T) {
	installed(t)
	if r := about(t, cluster.Config); r.Summary.Warn+r.Summary.Fail+r.Summary.Unknown > 0 {
		t.Fatalf("not all is well:\n%s", text(r))
	}
	// In kube-system nobody is asked: as if the webhook had been away.
	const missed = "{apiVersion: gateway.solo.io/v1, kind: VirtualService, metadata: {name: missed, namespace: kube-system}, spec: {virtualHost: {domains: [missed.example.com]}}}"
	const bare = "{apiVersion: v1, kind: Pod, metadata: {name: bare, namespace: kube-system, labels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}}, spec: {containers: [{name: gateway-proxy, image: envoy}]}}"
	for _, s := range []struct {
		name  string
		spoil func(testing.TB)
		check string
		want  check.Status
		says  string
	}{
		{"Gloo is somewhere else", func(t testing.TB) { kubectl(t, "delete", "deployment", "-n", "gloo-system", "gloo") },
			"gloo-version", check.Fail, "no Deployment with label gloo=gloo"},
		{"Gloo is too old", func(t testing.TB) {
			kubectl(t, "set", "image", "-n", "gloo-system", "deployment/gloo", "gloo=gloo:1.12.5")
		},
			"gloo-version", check.Fail, "Gloo 1.12.5 has no OpenTelemetry tracing"},
		{"Gloo does not know span names", func(t testing.TB) {
			kubectl(t, "set", "image", "-n", "gloo-system", "deployment/gloo", "gloo=gloo:v1.16.2")
		},
			"gloo-version", check.Warn, "Gloo 1.16.2 does not know span names"},
		{"Gloo's image has no version", func(t testing.TB) {
			kubectl(t, "set", "image", "-n", "gloo-system", "deployment/gloo", "gloo=localhost:5000/gloo")
		}, "gloo-version", check.Warn, `"latest" is not a version`},
		{"the collector's Upstream is gone", func(t testing.TB) {
			kubectl(t, "delete", "upstream", "-n", "gloo-system", "opentelemetry-collector")
		}, "upstreams-exist", check.Warn, "opentelemetry-collector, which the Policy names"},
		{"HTTP/2 is gone", func(t testing.TB) {
			kubectl(t, "patch", "upstream", "-n", "gloo-system", "opentelemetry-collector", "--type=merge", "-p", `{"metadata":{"annotations":{"glootrace.dev/allow":"GT106 a test"}},"spec":{"useHttp2":false}}`)
		}, "upstreams-http2", check.Fail, "all spans that are sent to it are lost"},
		{"the collector's Service is gone", func(t testing.TB) { kubectl(t, "delete", "service", "-n", "gloo-system", "otel-collector") },
			"upstreams-resolve", check.Fail, "there is no Service gloo-system/otel-collector"},
		{"the agent's port is another one", func(t testing.TB) {
			kubectl(t, "patch", "upstream", "-n", "gloo-system", "opentelemetry-agent", "--type=json", "-p", `[{"op":"replace","path":"/spec/static/hosts/0/port","value":4999}]`)
		}, "upstreams-resolve", check.Fail, "goes to port 4999 of the proxy's own pod, where the agent listens on 4317"},
		{"the collector's port is another one", func(t testing.TB) {
			kubectl(t, "patch", "service", "-n", "gloo-system", "otel-collector", "--type=json", "-p", `[{"op":"replace","path":"/spec/ports/0/port","value":4319}]`)
		}, "upstreams-resolve", check.Fail, "has no port 4317"},
		{"the collector does not run", func(t testing.TB) { kubectl(t, "delete", "endpointslice", "-n", "gloo-system", "otel-collector") },
			"collector-ready", check.Fail, "no ready endpoint"},
		{"Zipkin does not run", func(t testing.TB) { kubectl(t, "delete", "endpointslice", "-n", "gloo-system", "zipkin") },
			"zipkin-ready", check.Fail, "no ready endpoint"},
		{"a Gateway sends spans nowhere", func(t testing.TB) {
			apply(t, "{apiVersion: gateway.solo.io/v1, kind: Gateway, metadata: {name: quiet, namespace: gloo-system, annotations: {glootrace.dev/inject: 'false'}}, spec: {httpGateway: {}}}")
		}, "gateways-trace", check.Warn, "without tracing: gloo-system/quiet"},
		{"a proxy has no agent", func(t testing.TB) { apply(t, bare) },
			"proxies-agents", check.Fail, "without: kube-system/bare"},
		{"a proxy can have no agent", func(t testing.TB) { apply(t, strings.Replace(bare, "spec: {", "spec: {hostNetwork: true, ", 1)) },
			"proxies-agents", check.Warn, "kube-system/bare (host-network)"},
		{"an agent is of another version", func(t testing.TB) {
			kubectl(t, "annotate", "--overwrite", "pod", "-n", "gloo-system", "gateway-proxy-0", "glootrace.dev/injected=0123456789abcdef")
		}, "agents-current", check.Warn, "gloo-system/gateway-proxy-0"},
		{"an object was missed", func(t testing.TB) { apply(t, missed) },
			"objects-admitted", check.Warn, "VirtualService kube-system/missed"},
		{"an object breaks a rule", func(t testing.TB) {
			apply(t, "{apiVersion: gateway.solo.io/v1, kind: Gateway, metadata: {name: wrong, namespace: kube-system}, spec: {httpGateway: {options: {httpConnectionManagerSettings: {tracing: {openTelemetryConfig: {}}}}}}}")
		}, "objects-rules", check.Fail, "GT103"},
		{"another glootrace is asked", func(t testing.TB) {
			apply(t, `{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: second}, webhooks: [
				{name: pods.mutate.glootrace.dev, admissionReviewVersions: [v1], sideEffects: None, clientConfig: {url: "https://127.0.0.1:1/mutate"}}]}`)
			t.Cleanup(func() { kubectl(t, "delete", "mutatingwebhookconfiguration/second") })
		}, "admission-once", check.Warn, "a glootrace is called by mutatingwebhookconfiguration/second too"},
		{"another glootrace answers", func(t testing.TB) { apply(t, withPolicy("agent: {inject: false}")) },
			"admission-mutates", check.Fail, "came back with what another Policy adds"},
		{"the collector's address is an IPv6 one", func(t testing.TB) { apply(t, withPolicy(`collector: {endpoint: "[fd00::1]:4317"}`)) },
			"collector-ready", check.OK, "[fd00::1]:4317 is not in this cluster"},
		{"Zipkin's Service is gone", func(t testing.TB) {
			apply(t, collecting("http://zipkin:9411"))
			kubectl(t, "delete", "service", "-n", "gloo-system", "zipkin")
		}, "zipkin-ready", check.Fail, "zipkin: there is no Service gloo-system/zipkin"},
		{"Zipkin's Service has another port", func(t testing.TB) { apply(t, collecting("http://zipkin:9412")) },
			"zipkin-ready", check.Fail, "Service gloo-system/zipkin has no port 9412"},
		{"Zipkin is elsewhere", func(t testing.TB) {
			apply(t, collecting("https://zipkin.example.com"))
			kubectl(t, "delete", "service", "-n", "gloo-system", "zipkin")
		}, "zipkin-ready", "", ""},
		{"the API server leaves out Gloo's namespace", func(t testing.TB) {
			for _, kind := range []string{"mutatingwebhookconfiguration", "validatingwebhookconfiguration"} {
				kubectl(t, "patch", kind, "glootrace", "--type=json", "-p", `[{"op":"add","path":"/webhooks/0/namespaceSelector/matchExpressions/0/values/-","value":"gloo-system"}]`)
			}
		}, "admission-mutates", check.Fail, "came back without tracing: the namespaceSelector of mutate.glootrace.dev leaves out the namespace"},
		{"the API server does not call for pods", func(t testing.TB) {
			kubectl(t, "patch", "mutatingwebhookconfiguration", "glootrace", "--type=json", "-p", `[{"op":"replace","path":"/webhooks/1/namespaceSelector","value":{"matchLabels":{"a":"b"}}}]`)
		}, "admission-pods", check.Fail, "a pod of Deployment gloo-system/gateway-proxy, as a dry run, came back without the agent: the configurations are not as the chart renders them"},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Cleanup(func() { wipe(t); apply(t, gloo) })
			s.spoil(t)
			// The API server itself needs a moment to learn of a configuration or a kind.
			var r check.Report
			eventually(t, func() bool {
				r = about(t, cluster.Config)
				got := find(r, s.check)
				return got.Status == s.want && strings.Contains(got.Reason, s.says)
			}, func() string { return text(r) })
		})
	}
	// The last state is still there.
	if got := find(about(t, cluster.Config), "admission-refuses"); got.Status != check.Fail || !strings.Contains(got.Reason, "was admitted") {
		t.Errorf("got %+v", got)
	}
}

// What a cluster does not have is taken out of what the API server answers.
func TestClustersOfOtherTimes(t *testing.T) {
	for _, s := range []struct {
		name, path, in, out string
		check               string
		want                check.Status
		says                string
	}{
		{"before native sidecars", "/version", `"gitVersion": "v`, `"gitVersion": "v1.28.9+was-`, "kubernetes-version", check.Warn, "before 1.29 there are no native sidecars"},
		{"before match conditions", "/version", `"gitVersion": "v`, `"gitVersion": "v1.29.1+was-`, "kubernetes-version", check.Warn, "before 1.30 each status"},
		{"a version that is none", "/version", `"gitVersion": "v`, `"gitVersion": "custom-`, "kubernetes-version", check.Warn, "is not understood"},
	} {
		t.Run(s.name, func(t *testing.T) {
			config := rest.CopyConfig(cluster.Config)
			of := regexp.MustCompile("^(?:" + s.path + ")$")
			asked := false
			config.Wrap(func(next http.RoundTripper) http.RoundTripper {
				return roundTrip(func(r *http.Request) (*http.Response, error) {
					if of.MatchString(r.URL.Path) {
						r = r.Clone(r.Context())
						r.Header.Set("Accept-Encoding", "identity")
					}
					response, err := next.RoundTrip(r)
					if err != nil || !of.MatchString(r.URL.Path) {
						return response, err
					}
					body, err := io.ReadAll(response.Body)
					response.Body.Close()
					asked = asked || bytes.Contains(body, []byte(s.in))
					body = bytes.ReplaceAll(body, []byte(s.in), []byte(s.out))
					response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
					return response, err
				})
			})
			r := about(t, config)
			if got := find(r, s.check); !asked || got.Status != s.want || !strings.Contains(got.Reason, s.says) {
				t.Errorf("asked: %v, got\n%s", asked, text(r))
			}
		})
	}
}

// The API server answers as one that has not got VirtualHostOptions.
func TestGlooWithoutAKind(t *testing.T) {
	config := rest.CopyConfig(cluster.Config)
	asked := false
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/virtualhostoptions") {
				asked = true
				r = r.Clone(r.Context())
				r.URL.Path = strings.TrimSuffix(r.URL.Path, "virtualhostoptions") + "otheroptions"
			}
			return next.RoundTrip(r)
		})
	})
	r := about(t, config)
	if got := find(r, "gloo-kinds"); !asked || got.Status != check.Warn || !strings.Contains(got.Reason, "VirtualHostOption: not in this cluster") {
		t.Errorf("asked: %v, got\n%s", asked, text(r))
	}
}

// Of large clusters no list is asked for as a whole. Here a page is one object.
func TestListsAreReadInPages(t *testing.T) {
	installed(t)
	apply(t, "{apiVersion: gateway.solo.io/v1, kind: VirtualService, metadata: {name: second, namespace: gloo-system}, spec: {virtualHost: {domains: [second.example.com]}}}")
	config, pages := rest.CopyConfig(cluster.Config), 0
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/virtualservices") {
				pages++
				q := r.URL.Query()
				if q.Get("limit") != "500" {
					t.Errorf("it asks for %s", r.URL)
				}
				q.Set("limit", "1")
				r = r.Clone(r.Context())
				r.URL.RawQuery = q.Encode()
			}
			return next.RoundTrip(r)
		})
	})
	if r := about(t, config); pages != 2 || r.Summary.Fail+r.Summary.Unknown > 0 {
		t.Errorf("%d pages\n%s", pages, text(r))
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
