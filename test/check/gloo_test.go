package check

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/check"
)

// gloo is an installation of Gloo and of glootrace's chart that is well, as far as objects say. The API server has no
// controllers: the webhook itself, which it calls by a URL, is a process beside it.
const gloo = `
{apiVersion: v1, kind: Namespace, metadata: {name: gloo-system}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: gloo, namespace: gloo-system, labels: {gloo: gloo}}, spec: {selector: {matchLabels: {gloo: gloo}},
  template: {metadata: {labels: {gloo: gloo}}, spec: {containers: [{name: gloo, image: "quay.io/solo-io/gloo:1.18.3@sha256:0000000000000000000000000000000000000000000000000000000000000000"}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: glootrace, namespace: gloo-system, labels: {app.kubernetes.io/name: glootrace, app.kubernetes.io/component: webhook}},
  spec: {selector: {matchLabels: {app: glootrace}}, template: {metadata: {labels: {app: glootrace}}, spec: {
    containers: [{name: webhook, image: glootrace, args: [webhook, --webhook-config=glootrace, --policy=/etc/glootrace/policy.yaml], volumeMounts: [{name: policy, mountPath: /etc/glootrace}]}],
    volumes: [{name: policy, configMap: {name: glootrace-policy}}]}}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: glootrace-policy, namespace: gloo-system}, data: {policy.yaml: "apiVersion: glootrace.dev/v1alpha1\nkind: Policy\n"}}
---
{apiVersion: v1, kind: Service, metadata: {name: otel-collector, namespace: gloo-system}, spec: {ports: [{port: 4317}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: otel-collector, namespace: gloo-system, labels: {kubernetes.io/service-name: otel-collector}},
  addressType: IPv4, endpoints: [{addresses: [192.0.2.1]}], ports: [{port: 4317}]}
---
{apiVersion: v1, kind: Service, metadata: {name: zipkin, namespace: gloo-system, labels: {app.kubernetes.io/name: glootrace, app.kubernetes.io/component: zipkin}}, spec: {ports: [{port: 9411}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: zipkin, namespace: gloo-system, labels: {kubernetes.io/service-name: zipkin}},
  addressType: IPv4, endpoints: [{addresses: [192.0.2.2]}], ports: [{port: 9411}]}
---
{apiVersion: gloo.solo.io/v1, kind: Upstream, metadata: {name: opentelemetry-collector, namespace: gloo-system}, spec: {useHttp2: true, static: {hosts: [{addr: otel-collector.gloo-system.svc, port: 4317}]}}}
---
{apiVersion: gloo.solo.io/v1, kind: Upstream, metadata: {name: opentelemetry-agent, namespace: gloo-system}, spec: {useHttp2: true, static: {hosts: [{addr: 127.0.0.1, port: 4317}]}}}
---
{apiVersion: gateway.solo.io/v1, kind: Gateway, metadata: {name: gateway-proxy, namespace: gloo-system}, spec: {bindAddress: "::", bindPort: 8080, httpGateway: {}}}
---
{apiVersion: gateway.solo.io/v1, kind: VirtualService, metadata: {name: shop, namespace: gloo-system}, spec: {virtualHost: {domains: [shop.example.com], routes: [{matchers: [{prefix: /}], directResponseAction: {status: 200}}]}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: gateway-proxy, namespace: gloo-system}, spec: {replicas: 1,
  selector: {matchLabels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}},
  template: {metadata: {labels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}}, spec: {containers: [{name: gateway-proxy, image: envoy}]}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: gateway-proxy-0, namespace: gloo-system, labels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}}, spec: {containers: [{name: gateway-proxy, image: envoy}]}}
`

// withPolicy is the ConfigMap of a Policy with a field.
func withPolicy(field string) string {
	return "{apiVersion: v1, kind: ConfigMap, metadata: {name: glootrace-policy, namespace: gloo-system}, data: {policy.yaml: '{apiVersion: glootrace.dev/v1alpha1, kind: Policy, " + field + "}'}}"
}

// collecting is the configuration of the chart's collector, which exports to a Zipkin.
func collecting(zipkin string) string {
	return "{apiVersion: v1, kind: ConfigMap, metadata: {name: otel-collector, namespace: gloo-system}, data: {collector.yaml: '{exporters: {zipkin: {endpoint: \"" + zipkin + "/api/v2/spans\"}}}'}}"
}

// installed runs glootrace's webhook and applies the above; it goes with the test.
func installed(t testing.TB) {
	t.Helper()
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(policy, []byte("apiVersion: glootrace.dev/v1alpha1\nkind: Policy\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	webhook, err := cluster.Webhook(t.Context(), policy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := webhook.Stop(); err != nil {
			t.Error(err)
		}
		wipe(t)
	})
	apply(t, gloo)
}

func apply(t testing.TB, manifests string) {
	t.Helper()
	if _, _, err := cluster.Kubectl(context.WithoutCancel(t.Context()), manifests, "apply", "-f", "-"); err != nil {
		t.Fatal(err)
	}
}

func kubectl(t testing.TB, args ...string) {
	t.Helper()
	if _, _, err := cluster.Kubectl(context.WithoutCancel(t.Context()), "", args...); err != nil {
		t.Fatal(err)
	}
}

// wipe removes what tests make in the namespaces that all of them share.
func wipe(t testing.TB) {
	t.Helper()
	kind := func(group, kind string) client.Object {
		u := &unstructured.Unstructured{}
		u.SetGroupVersionKind(schema.GroupVersionKind{Group: group, Version: "v1", Kind: kind})
		return u
	}
	if err := admin.DeleteAllOf(context.Background(), &corev1.ConfigMap{}, client.InNamespace("gloo-system")); err != nil {
		t.Error(err)
	}
	for _, namespace := range []string{"gloo-system", "kube-system"} {
		for _, o := range []client.Object{kind("gateway.solo.io", "VirtualService"), kind("gateway.solo.io", "Gateway"), kind("gloo.solo.io", "Upstream"),
			&corev1.Pod{}, &appsv1.Deployment{}, &appsv1.DaemonSet{}, &appsv1.StatefulSet{}, &discoveryv1.EndpointSlice{}, &corev1.Service{}} {
			if err := admin.DeleteAllOf(context.Background(), o, client.InNamespace(namespace), client.GracePeriodSeconds(0)); err != nil {
				t.Error(err)
			}
		}
	}
}

func about(t testing.TB, config *rest.Config) check.Report {
	t.Helper()
	report, err := check.Run(t.Context(), config, check.Groups, check.Options{Webhooks: "glootrace", Namespace: "gloo-system"})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

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

func text(r check.Report) string {
	var b strings.Builder
	if err := r.Text(&b); err != nil {
		return err.Error()
	}
	return b.String()
}

func TestDocumentedPermissionsAreEnoughForAll(t *testing.T) {
	installed(t)
	config := permissions(t, "gloo-system", "")
	if r := about(t, config); r.Summary.Warn+r.Summary.Fail+r.Summary.Unknown > 0 {
		t.Errorf("got\n%s", text(r))
	}
}
