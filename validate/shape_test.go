package validate

import (
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

func TestUnknownFieldsAreToldWhatIsMeant(t *testing.T) {
	const tracing = "spec.httpGateway.options.httpConnectionManagerSettings.tracing"
	for object, fix := range map[string]string{
		`"kind": "Gateway", "httpGateway": {}`:                                                                                          "write it as spec.httpGateway",
		`"kind": "Gateway", "spec": {"httpGateway": {"options": {"tracing": {}}}}`:                                                      "write it as " + tracing,
		`"kind": "VirtualService", "spec": {"virtualHost": {"options": {"tracing": {}}}}`:                                               "write it as spec.virtualHost.routes[].options.tracing",
		`"kind": "Gateway", "spec": {"httpGateway": {"options": {"httpConnectionManagerSettings": {"tracing": {"serviceName": "x"}}}}}`: "write it as datadogConfig.serviceName or openTelemetryConfig.serviceName",
		`"kind": "Gateway", "spec": {"httpGateway": {"options": {"httpConnectionManagerSettings": {"traceing": {}}}}}`:                  "did you mean tracing?",
		`"kind": "VirtualService", "spec": {"virtualHost": {"domain": ["a"]}}`:                                                          "did you mean domains?",
		`"kind": "RouteTable", "spec": {"routes": [{"options": {"tracing": {"blahblah": 1}}}]}`:                                         "remove it",
	} {
		o, err := gloo.Decode([]byte(`{"apiVersion": "gateway.solo.io/v1", ` + object + `}`))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range Object(o, nil, policy.Default(), refs.FromObjects(nil, true)) {
			if f.Code == "GT002" {
				got += f.Fix
			}
		}
		if got != fix {
			t.Errorf("%s: fix %q, want %q", object, got, fix)
		}
	}
}
