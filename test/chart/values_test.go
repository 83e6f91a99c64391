package chart

import (
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
		{"a severity that is none", "policy: {validation: {rules: {GT301: error}}}", "/policy/validation/rules/GT301'"},
		{"status codes that are none", "collector: {statusCodes: all}", "/collector/statusCodes': value must be one of 'strict4xx', 'semconv'"},
		{"an exporter without an endpoint", "collector: {exporters: {vendor: {protocol: http}}}", "/collector/exporters/vendor': missing property 'endpoint'"},
		{"a protocol that is none", "collector: {exporters: {vendor: {protocol: zipkin, endpoint: a}}}", "/collector/exporters/vendor/protocol': value must be one of 'grpc', 'http'"},
		{"a Zipkin protocol that is none", "zipkin: {protocol: http}", "/zipkin/protocol': value must be one of 'zipkin', 'otlp'"},
		{"a scrape that is none", "monitoring: {scrape: true}", "/monitoring/scrape': value must be one of 'none', 'serviceMonitor', 'podMonitor'"},

		{"a Secret without a name", "certificates: {mode: secret}", "name the Secret that holds tls.crt and tls.key in certificates.secretName"},
		{"a CA that is not asked for", "certificates: {caBundle: '-----BEGIN CERTIFICATE-----'}", "certificates.caBundle is for mode secret only"},
		{"spans that go nowhere", "zipkin: {enabled: false}", "the collector has nowhere to send spans"},
		{"two Zipkins", "zipkin: {url: 'http://zipkin:9411'}", "set zipkin.enabled to false as well"},
		{"agents without a collector", "{collector: {enabled: false}, zipkin: {enabled: false}}", "say in policy.collector.endpoint where agents find yours"},
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
