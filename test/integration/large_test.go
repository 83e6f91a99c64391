package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// An object as large as etcd takes is created, changed and changed again like
// any other: neither the match condition's budget nor the webhook's time is an
// obstacle.
func TestLargeVirtualServiceIsHandledLikeAnyOther(t *testing.T) {
	ns := namespace(t)
	var routes strings.Builder
	for i := range 2400 {
		fmt.Fprintf(&routes, "    - matchers: [{prefix: /api/%d/%s}]\n      directResponseAction: {status: 200, body: %q}\n", i, strings.Repeat("x", 100), strings.Repeat("hello ", 40))
	}
	manifest := "apiVersion: gateway.solo.io/v1\nkind: VirtualService\nmetadata: {name: large, namespace: " + ns +
		"}\nspec:\n  virtualHost:\n    domains: ['*']\n    routes:\n" + routes.String()
	kubectl(t, manifest, "create", "-f", "-") // apply would need an annotation of the same size
	stored := get(t, ns, "virtualservice/large")
	if !gjson.Get(stored, "spec.virtualHost.options.stagedTransformations.regular.requestTransforms.0").Exists() {
		t.Error("no span name")
	}
	if n := gjson.Get(stored, "spec.virtualHost.routes.#").Int(); n != 2400 {
		t.Errorf("%d routes left of 2400", n)
	}
	patch := func(value string) []string {
		return []string{"patch", "virtualservice/large", "-n", ns, "--type=json",
			"-p", `[{"op":"add","path":"/spec/virtualHost/routes/2399/options","value":{"tracing":` + value + `}}]`}
	}
	if said := warns(t, "", patch(`{"routeDescriptor":"last","propagate":false}`)...); !strings.Contains(said, "GT301 spec.virtualHost.routes[2399].options.tracing") {
		t.Errorf("kubectl says %s", said)
	}
	if said := refused(t, "", patch(`{"tracePercentages":{"randomSamplePercentage":101}}`)...); !strings.Contains(said, "GT108 spec.virtualHost.routes[2399]") {
		t.Errorf("kubectl says %s", said)
	}
}
