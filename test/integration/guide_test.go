package integration

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/glootrace/glootrace/test/oracle"
)

// guide is what Gloo's tracing guide starts from, before anything is traced; %s
// is a namespace.
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
  notInAnySchema: {kept: [1, 2.50, "three"]}
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
		"spec.httpGateway.options.httpConnectionManagerSettings.tracing.openTelemetryConfig.collectorUpstreamRef": {"name":"opentelemetry-collector","namespace":"gloo-system"},
		"spec.notInAnySchema": {"kept":[1,2.5,"three"]}}`,
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
					if got := gjson.Get(stored, strings.ReplaceAll(path, "|", ".")); !equal(got.Raw, value.Raw) {
						t.Errorf("%s: %s is %s, want %s", object, path, got.Raw, value.Raw)
					}
				}
				withoutExtra := strings.Replace(stored, `"notInAnySchema":`+gjson.Get(stored, "spec.notInAnySchema").Raw+",", "", 1)
				if err := oracle.Decode([]byte(compact(t, withoutExtra))); err != nil && !strings.Contains(err.Error(), "notInAnySchema") {
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

func compact(t testing.TB, s string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatal(err)
	}
	return jsonString(v)
}
