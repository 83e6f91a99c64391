package chart

import (
	"fmt"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/test/env"
)

// What a person reads has to name the value, and what is wrong with it or what would be right.
func TestWrongValuesAreRefusedInWordsThatHelp(t *testing.T) {
	for _, c := range []struct{ name, values, says string }{
		{"a name with a slip", "webhook: {replica: 3}", "/webhook': additional properties 'replica' not allowed"},
		{"a name with a slip at the top", "zipkn: {enabled: false}", "additional properties 'zipkn' not allowed"},
		{"a number as text", `webhook: {replicas: "3"}`, "/webhook/replicas': got string, want integer"},
		{"no replica", "webhook: {replicas: 0}", "/webhook/replicas': minimum: got 0, want 1"},
		{"no failure policy", "webhook: {failurePolicy: ignore}", "/webhook/failurePolicy': value must be one of 'Ignore', 'Fail'"},
		{"too long a timeout", "webhook: {timeoutSeconds: 60}", "/webhook/timeoutSeconds': maximum: got 60, want 30"},
		{"no port", "webhook: {port: 70000}", "/webhook/port': maximum: got 70,000, want 65,535"},
		{"no certificate mode", "certificates: {mode: helm}", "/certificates/mode': value must be one of 'selfManaged', 'certManager', 'secret'"},
		{"half a digest", "image: {digest: sha256:123}", "/image/digest'"},
		{"a name that is none", "fullnameOverride: Edge_Tracing", "/fullnameOverride'"},
		{"a priority of the system's", "priorityClass: {value: 2000000000}", "/priorityClass/value': maximum"},
		{"a Policy with a slip", "policy: {gateway: {inject: false}}", "/policy': additional properties 'gateway' not allowed"},
		{"a percentage that is none", "policy: {gateways: {percentages: {random: 101}}}", "/policy/gateways/percentages/random': maximum: got 101, want 100"},
		{"a rule that is none", "policy: {validation: {rules: {gt301: deny}}}", "gt301"},
		{"a rule of tomorrow", "policy: {validation: {rules: {GT999: deny}}}", "GT999"},
		{"a percentage of nothing", "policy: {gateways: {percentages: {overall: 0}}}", "/policy/gateways/percentages/overall': exclusiveMinimum: got 0, want 0"},
		{"a Gloo without OpenTelemetry", "policy: {gloo: {version: 1.12.9}}", "/policy/gloo/version'"},
		{"an agent as root", "policy: {agent: {runAsUser: 0}}", "/policy/agent/runAsUser': minimum: got 0, want 1"},
		{"a severity that is none", "policy: {validation: {rules: {GT301: error}}}", "/policy/validation/rules/GT301'"},
		{"status codes that are none", "collector: {statusCodes: all}", "/collector/statusCodes': value must be one of 'strict4xx', 'semconv'"},
		{"an exporter without an endpoint", "collector: {exporters: {vendor: {protocol: http}}}", "/collector/exporters/vendor': missing property 'endpoint'"},
		{"a protocol that is none", "collector: {exporters: {vendor: {protocol: zipkin, endpoint: a}}}", "/collector/exporters/vendor/protocol': value must be one of 'grpc', 'http'"},
		{"a Zipkin protocol that is none", "zipkin: {protocol: http}", "/zipkin/protocol': value must be one of 'zipkin', 'otlp'"},
		{"a scrape that is none", "monitoring: {scrape: true}", "/monitoring/scrape': value must be one of 'none', 'serviceMonitor', 'podMonitor'"},

		{"a section taken away", "collector: {queue: }", "/collector': missing property 'queue'"},
		{"a label that is none", "commonLabels: {team: a b}", "/commonLabels/team'"},
		{"a namespace that is none", "webhook: {excludedNamespaces: [a b]}", "/webhook/excludedNamespaces/0'"},
		{"an amount that is none", "webhook: {resources: {limits: {memory: much}}}", "/webhook/resources/limits/memory'"},
		{"an image that is none", "image: {tag: 'a b'}", "/image/tag'"},
		{"an interval that Prometheus does not know", "monitoring: {interval: 1.5s}", "/monitoring/interval'"},
		{"a variable that is a number", "zipkin: {env: [{name: QUERY_LIMIT, value: 1}]}", "/zipkin/env/0/value': got number, want string"},
		{"an issuer without a name", "certificates: {certManager: {issuerRef: {kind: ClusterIssuer}}}", "properties 'name' required, if 'kind' exists"},
		{"an endpoint without a host", "policy: {collector: {endpoint: ':4317'}}", "/policy/collector/endpoint'"},
		{"an endpoint that is a URL", "policy: {collector: {endpoint: 'http://collector:4317'}}", "/policy/collector/endpoint'"},

		{"an endpoint without a port", "policy: {collector: {endpoint: collector}}", "/policy/collector/endpoint'"},
		{"an endpoint with too high a port", "policy: {collector: {endpoint: 'collector:65536'}}", "/policy/collector/endpoint'"},
		{"an agent of no image", "policy: {agent: {image: foo bar}}", "/policy/agent/image'"},
		{"an agent of a space", "policy: {agent: {image: ' '}}", "/policy/agent/image'"},
		{"an agent of a capital", "policy: {agent: {image: Collector}}", "/policy/agent/image'"},
		{"an image of a capital", "collector: {image: {repository: otel/Collector}}", "/collector/image/repository'"},
		{"an agent with less than nothing", "policy: {agent: {resources: {limits: {cpu: -1}}}}", "/policy/agent/resources/limits/cpu': minimum: got -1, want 0"},
		{"an agent with a resource that is none", "policy: {agent: {resources: {limits: {foo: 1}}}}", "invalid propertyName 'foo'"},
		{"an agent with claims", "policy: {agent: {resources: {claims: [{name: a}]}}}", "additional properties 'claims' not allowed"},
		{"an Upstream that is none", "policy: {agent: {upstreamRef: {name: a b}}}", "/policy/agent/upstreamRef/name'"},
		{"a namespace of the Policy that is none", "policy: {namespaces: [Foo_bar]}", "/policy/namespaces/0'"},
		{"a span name of spaces", "policy: {spanName: {template: ' '}}", "/policy/spanName/template'"},
		{"an exporter without a port", "collector: {exporters: {a: {protocol: grpc, endpoint: otlp.example.com}}}", "collector.exporters.a.endpoint: otlp.example.com: with protocol grpc it is host:port"},
		{"an exporter without a scheme", "collector: {exporters: {a: {protocol: http, endpoint: 'otlp.example.com:4318'}}}", "collector.exporters.a.endpoint: otlp.example.com:4318: with protocol http it is a URL"},

		{"no image", "collector: {image: {tag: ''}}", "collector.image: set tag or digest"},
		{"the port of metrics", "webhook: {port: 8080}", "8080 and 8081 are the webhook's own"},
		{"no port left", "webhook: {hostNetwork: true, port: 65534}", "the two ports after it"},
		{"a label of the chart", "commonLabels: {app.kubernetes.io/part-of: shop}", "commonLabels: the chart sets app.kubernetes.io/part-of itself"},
		{"a pod's label of the chart", "zipkin: {podLabels: {app.kubernetes.io/name: zipkin}}", "zipkin.podLabels: the chart sets app.kubernetes.io/name itself"},
		{"an exporter of the chart", "{zipkin: {protocol: otlp}, collector: {exporters: {zipkin: {protocol: http, endpoint: 'http://a'}}}}", "has an exporter of that name for Zipkin"},
		{"a header said twice", "collector: {exporters: {a: {protocol: http, endpoint: 'http://a', headers: {X-Key: b}, secretHeaders: {x-key: {name: a, key: b}}}}}", "header x-key is in headers and in secretHeaders"},
		{"headers that are one variable", "collector: {exporters: {a: {protocol: http, endpoint: 'http://a', secretHeaders: {b-c: {name: a, key: b}}}, a-b: {protocol: http, endpoint: 'http://a', secretHeaders: {c: {name: a, key: b}}}}}",
			"a-b.secretHeaders.c and a.secretHeaders.b-c would share the environment variable HEADER_A_B_C"},
		{"a Secret without a name", "certificates: {mode: secret}", "name the Secret that holds tls.crt and tls.key in certificates.secretName"},
		{"a CA that is not asked for", "certificates: {caBundle: '-----BEGIN CERTIFICATE-----'}", "certificates.caBundle is for mode secret only"},
		{"spans that go nowhere", "zipkin: {enabled: false}", "the collector has nowhere to send spans"},
		{"two Zipkins", "zipkin: {url: 'http://zipkin:9411'}", "set zipkin.enabled to false as well"},
		{"agents without a collector", "{collector: {enabled: false}, zipkin: {enabled: false}}", "say in policy.collector.endpoint where agents find yours"},
		{"gateways without a collector", "{collector: {enabled: false}, zipkin: {enabled: false}, policy: {agent: {inject: false}}}", "where Gateways find yours"},
		{"a trace in two halves", "collector: {replicas: 2, tailSampling: {enabled: true}}", "set collector.replicas to 1"},
		{"more at least than at most", "collector: {autoscaling: {enabled: true, minReplicas: 9}}", "minReplicas is more than maxReplicas"},
		{"the kubelet's port", "webhook: {hostNetwork: true}", "port 10250 is the kubelet's"},
	} {
		t.Run(c.name, func(t *testing.T) {
			withEachHelm(t, func(t *testing.T, h *env.Helm) {
				t.Parallel()
				_, err := h.Run(t.Context(), c.values, "", "template", release, chartDir, "--namespace", namespace, "--values", "-")
				if err == nil {
					t.Fatal("accepted")
				}
				if !strings.Contains(err.Error(), c.says) {
					t.Errorf("it does not say %q:\n%v", c.says, err)
				}
			})
		})
	}
}

func TestClusterWithoutCertManagerIsToldBeforeAnythingIsInstalled(t *testing.T) {
	withEachHelm(t, func(t *testing.T, h *env.Helm) {
		_, err := h.Run(t.Context(), "", "", "template", release, chartDir, "--api-versions", "apps/v1/Deployment", "--set", "certificates.mode=certManager")
		if err == nil || !strings.Contains(err.Error(), "this cluster has no cert-manager") {
			t.Errorf("it says %v", err)
		}
	})
}

// Helm takes names for a release that YAML takes for numbers, and Kubernetes such namespaces.
func TestNamesOfReleaseAndNamespaceAreTextWhateverTheyLookLike(t *testing.T) {
	withEachHelm(t, func(t *testing.T, h *env.Helm) {
		out, err := h.Run(t.Context(), "certificates: {mode: certManager}", "", "template", "123", chartDir, "--namespace", "456",
			"--set", "monitoring.scrape=podMonitor", "--set-string", "fullnameOverride=null", "--values", "-")
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range documents(out) {
			o := object(t, d)
			if instance := o.GetLabels()["app.kubernetes.io/instance"]; instance != "123" {
				t.Errorf("%s %s: instance %q", o.GetKind(), o.GetName(), instance)
			}
			if o.GetName() == "" {
				t.Errorf("a %s has no name:\n%s", o.GetKind(), d)
			}
			noName(t, o.GetKind(), o.Object)
		}
	})
}

// noName finds names that are no text.
func noName(t *testing.T, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			noName(t, path+"."+key, inner)
		}
	case []any:
		for _, inner := range v {
			noName(t, path, inner)
		}
	case int64, float64, nil:
		if s := fmt.Sprint(v); s == "123" || s == "456" || v == nil {
			t.Errorf("%s: %v is no text", path, v)
		}
	}
}
