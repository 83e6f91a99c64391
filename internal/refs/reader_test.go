package refs_test

import (
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

func objects(t *testing.T, raw ...string) []gloo.Object {
	t.Helper()
	var list []gloo.Object
	for _, r := range raw {
		o, err := gloo.Decode([]byte(r))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
	return list
}

func TestWhatIsNotAmongTheFilesMayBeInTheCluster(t *testing.T) {
	list := objects(t, `{"apiVersion":"gloo.solo.io/v1","kind":"Upstream","metadata":{"name":"a","namespace":"n"}}`,
		`{"apiVersion":"example.com/v1","kind":"Upstream","metadata":{"name":"b","namespace":"n"}}`)
	for _, c := range []struct {
		name     string
		complete bool
		want     refs.Answer
	}{
		{"a", false, refs.Found}, {"a", true, refs.Found},
		{"b", false, refs.NotGiven}, {"b", true, refs.Missing}, // somebody else's Upstream
	} {
		if _, got := refs.FromObjects(list, c.complete).Upstream(gloo.Ref{Namespace: "n", Name: c.name}); got != c.want {
			t.Errorf("%s, complete %v: %v, want %v", c.name, c.complete, got, c.want)
		}
	}
	if _, got := (refs.Reader{}).Upstream(gloo.Ref{Namespace: "n", Name: "a"}); got != refs.Unknown {
		t.Errorf("a reader of nothing answers %v", got)
	}
}

func TestUsersOfAnUpstreamAreThoseThatExportOTLPToIt(t *testing.T) {
	gateway := func(name, metadata, tracing string) string {
		return `{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{"name":"` + name + `","namespace":"n"` + metadata + `},
			"spec":{"httpGateway":{"options":{"httpConnectionManagerSettings":{"tracing":` + tracing + `}}}}}`
	}
	const ref = `"collectorUpstreamRef":{"namespace":"n","name":"c"}`
	r := refs.FromObjects(objects(t,
		gateway("b", "", `{"openTelemetryConfig":{`+ref+`}}`),
		gateway("a", "", `{"zipkinConfig":{},"openTelemetryConfig":{`+ref+`}}`),
		gateway("zipkin", "", `{"zipkinConfig":{`+ref+`}}`),
		gateway("cluster", "", `{"openTelemetryConfig":{"clusterName":"x",`+ref+`}}`),
		gateway("other", "", `{"openTelemetryConfig":{"collectorUpstreamRef":{"namespace":"m","name":"c"}}}`),
		gateway("going", `,"deletionTimestamp":"2026-01-01T00:00:00Z"`, `{"openTelemetryConfig":{`+ref+`}}`),
	), true)
	if got := gloo.Names(r.UsersOf(gloo.Ref{Namespace: "n", Name: "c"})); got != "Gateway n/a, Gateway n/b" {
		t.Errorf("users are %s", got)
	}
}
