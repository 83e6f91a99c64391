package oracle_test

import (
	"strings"
	"testing"

	"github.com/glootrace/glootrace/test/oracle"
)

const tracing = `{"apiVersion": "gateway.solo.io/v1", "kind": "Gateway", "metadata": {"name": "g", "namespace": "gloo-system"},
	"spec": {"bindPort": 8080, "httpGateway": {"options": {"httpConnectionManagerSettings": {"tracing": {
		"openTelemetryConfig": {"collectorUpstreamRef": {"name": "c", "namespace": "gloo-system"}}}}}}}}`

func TestGoodObjectIsTaken(t *testing.T) {
	for what, object := range map[string]string{
		"tracing":                tracing,
		"status is Gloo's":       strings.Replace(tracing, `"spec"`, `"status": {"whatever": 1}, "spec"`, 1),
		"two members of a oneof": strings.Replace(tracing, `"openTelemetryConfig"`, `"zipkinConfig": {}, "openTelemetryConfig"`, 1),
	} {
		if err := oracle.Decode([]byte(object)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestBadObjectIsRefusedByField(t *testing.T) {
	for _, c := range []struct{ what, old, new, want string }{
		{"unknown field deep in the spec", `"collectorUpstreamRef"`, `"collectorUpstream"`, `unknown field "collectorUpstream"`},
		{"unknown field of the spec", `"bindPort"`, `"bindport"`, `unknown field "bindport"`},
		{"wrong type", `8080`, `"eighty"`, "spec: invalid character"},
		{"wrong type of a message", `{"name": "c", "namespace": "gloo-system"}`, `"c"`, "cannot unmarshal"},
		{"unknown field of metadata", `"name": "g"`, `"nmae": "g"`, `unknown field "metadata.nmae"`},
		{"unknown field beside the spec", `"spec"`, `"spek": {}, "spec"`, `unknown field "spek"`},
		{"unknown kind", `"Gateway"`, `"Settings"`, "not a kind"},
	} {
		err := oracle.Decode([]byte(strings.Replace(tracing, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %s", c.what, err, c.want)
		}
	}
}
