package integration

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/glootrace/glootrace/test/oracle"
)

// guide is what Gloo's tracing guide starts from, before anything is traced.
const guide = `
apiVersion: gloo.solo.io/v1
kind: Upstream
metadata: {name: opentelemetry-collector, namespace: gloo-system}
spec:
  static:
    hosts: [{addr: otel-collector, port: 4317}]
---
apiVersion: gateway.solo.io/v1
kind: Gateway
metadata: {name: gateway-proxy, namespace: NAMESPACE}
spec:
  bindAddress: '::'
  bindPort: 8080
  httpGateway: {}
  proxyNames: [gateway-proxy]
---
apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: default, namespace: NAMESPACE}
spec:
  virtualHost:
    domains: ['*']
    routes:
    - matchers: [{prefix: /}]
      directResponseAction: {status: 200, body: hello world}
`

// what admission makes of the guide's objects.
var traced = map[string]string{
	"upstream/opentelemetry-collector -n gloo-system": `{"spec.useHttp2": true}`,
	"gateway/gateway-proxy": `{
		"spec.httpGateway.options.httpConnectionManagerSettings.tracing.openTelemetryConfig.collectorUpstreamRef": {"name":"opentelemetry-collector","namespace":"gloo-system"}}`,
	"virtualservice/default": `{
		"spec.virtualHost.options.stagedTransformations.regular.requestTransforms.0.requestTransformation.transformationTemplate": {"passthrough":{},"spanTransformer":{"name":{"text":"{{header(\"Host\")}}"}}},
		"spec.virtualHost.routes.0.directResponseAction.body": "hello world"}`,
}

func TestGuideIsTracedAndApplyingItAgainChangesNothing(t *testing.T) {
	for name, apply := range map[string][]string{
		"client-side": {"apply", "-f", "-"},
		"server-side": {"apply", "--server-side", "--field-manager=gitops", "-f", "-"},
		"replace":     {"replace", "--force", "-f", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			ns := namespace(t)
			manifest := strings.ReplaceAll(guide, "NAMESPACE", ns)
			kubectl(t, manifest, apply...)
			versions := map[string]string{}
			for object, want := range traced {
				stored := get(t, ns, object)
				for path, value := range gjson.Parse(want).Map() {
					if got := gjson.Get(stored, path); !equal(got.Raw, value.Raw) {
						t.Errorf("%s: %s is %s, want %s", object, path, got.Raw, value.Raw)
					}
				}
				if err := oracle.Decode([]byte(stored)); err != nil {
					t.Error(err)
				}
				versions[object] = version(stored)
			}
			if name == "replace" { // deletes and creates: it has a generation of its own each time
				return
			}
			kubectl(t, manifest, apply...)
			for object, before := range versions {
				if after := version(get(t, ns, object)); after != before {
					t.Errorf("%s: applied again, generation/resourceVersion went from %s to %s", object, before, after)
				}
			}
		})
	}
}

// Newer fields than glootrace knows must come through. Gloo's own CRDs prune
// them, those of solo-apis have no schema.
func TestUnknownFieldsSurvive(t *testing.T) {
	ns := namespace(t)
	kubectl(t, upstream("gloo-system", "opentelemetry-collector"), "apply", "-f", "-")
	future := strings.Replace(gateway(ns, "future", "{future: {kept: [1, 2.50, three]}}"), "spec:\n", "spec:\n  future: {kept: 12345678901234567890}\n", 1)
	if _, said, err := cluster.Kubectl(t.Context(), future, "apply", "-f", "-"); err != nil && strings.Contains(said, "unknown field") {
		t.Skip("these CRDs have schemas")
	}
	stored := get(t, ns, "gateway.v1.gateway.solo.io/future")
	block := "spec.httpGateway.options.httpConnectionManagerSettings.tracing."
	if !equal(gjson.Get(stored, block+"future").Raw, `{"kept":[1,2.5,"three"]}`) || !gjson.Get(stored, "spec.future.kept").Exists() {
		t.Errorf("lost: %s", gjson.Get(stored, "spec").Raw)
	}
	if !gjson.Get(stored, block+"openTelemetryConfig").Exists() {
		t.Error("not traced")
	}
}

func version(object string) string {
	return gjson.Get(object, "metadata.generation").Raw + "/" + gjson.Get(object, "metadata.resourceVersion").Str
}

// get reads an object, "kind/name" with flags behind it, from a namespace.
func get(t testing.TB, ns, object string) string {
	t.Helper()
	args := strings.Fields(object)
	return kubectl(t, "", append([]string{"get", "-o", "json", "-n", ns}, args...)...)
}

func equal(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && jsonString(x) == jsonString(y)
}

func jsonString(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}
