package webhook

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	admissionv1 "k8s.io/api/admission/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

const otel = `{"openTelemetryConfig":{"collectorUpstreamRef":{"namespace":"gloo-system","name":"opentelemetry-collector"}}}`

func decoded(t *testing.T, raw string) gloo.Object {
	t.Helper()
	o, err := gloo.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func gateway(t *testing.T, metadata, tracing string) gloo.Object {
	t.Helper()
	return decoded(t, `{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{"name":"gateway-proxy","namespace":"gloo-system"`+metadata+`},
		"spec":{"httpGateway":{"options":{"httpConnectionManagerSettings":{"tracing":`+tracing+`}}}},"status":{}}`)
}

func update(o, old gloo.Object) Request {
	return request(admissionv1.Update, o, o.Raw(), old.Raw())
}

func TestUpdateIsRefusedForNewErrorsOnly(t *testing.T) {
	broken := gateway(t, "", `{"openCensusConfig":{}}`)
	for _, c := range []struct {
		name    string
		now     gloo.Object
		allowed bool
	}{
		{"the old error, something else changed", gateway(t, "", `{"openCensusConfig":{},"verbose":true}`), true},
		{"the old error and a new one", gateway(t, "", `{"openCensusConfig":{},"tracePercentages":{"randomSamplePercentage":250}}`), false},
		{"mended", gateway(t, "", otel), true},
		{"another error instead", gateway(t, "", `{"openTelemetryConfig":{}}`), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := engine(policy.Default(), refs.FromObjects(nil, false)).Validate(t.Context(), update(c.now, broken))
			if r.Allowed != c.allowed {
				t.Errorf("allowed: %v, want %v: %v", r.Allowed, c.allowed, r.Result)
			}
			if c.allowed && strings.Contains(string(c.now.Raw()), "openCensus") && len(r.Warnings) == 0 {
				t.Errorf("the error that stays is not even a warning: %q", r.Warnings)
			}
		})
	}
}

func TestErrorsOfOneRouteDoNotMakeThoseOfAnotherOld(t *testing.T) {
	table := func(percents ...string) gloo.Object {
		var routes []string
		for _, p := range percents {
			routes = append(routes, `{"options":{"tracing":{"tracePercentages":{"randomSamplePercentage":`+p+`}}}}`)
		}
		return decoded(t, `{"apiVersion":"gateway.solo.io/v1","kind":"RouteTable","metadata":{"name":"r","namespace":"n"},"spec":{"routes":[`+strings.Join(routes, ",")+`]}}`)
	}
	e := engine(policy.Default(), refs.FromObjects(nil, false))
	if r := e.Validate(t.Context(), update(table("1", "101"), table("101"))); !r.Allowed {
		t.Errorf("a route put before the broken one: %v", r.Result)
	}
	if r := e.Validate(t.Context(), update(table("101", "101"), table("101"))); r.Allowed {
		t.Error("a second broken route was let in")
	}
}

func TestWritesThatAreNoneOfOurBusinessPassUnseen(t *testing.T) {
	broken := gateway(t, "", `{"openCensusConfig":{}}`)
	deleting := gateway(t, `,"deletionTimestamp":"2026-01-01T00:00:00Z"`, `{"openCensusConfig":{}}`)
	status := decoded(t, strings.Replace(string(broken.Raw()), `"status":{}`, `"status":{"state":1}`, 1))
	asked := engine(policy.Default(), refs.FromObjects(nil, false))
	asked.Policy = func() policy.Policy { t.Error("the request was looked into"); return policy.Default() }
	sub := update(broken, gateway(t, "", otel))
	sub.SubResource = "status"
	scale := Request{Operation: admissionv1.Update, Kind: "Scale", SubResource: "scale"}
	for name, req := range map[string]Request{
		"Gloo writes the status": update(status, broken), "deletion under way": update(deleting, broken), "subresource": sub, "subresource that cannot be read": scale,
	} {
		if r := asked.Validate(t.Context(), req); !r.Allowed {
			t.Errorf("%s: refused: %v", name, r.Result)
		}
		if r := asked.Mutate(t.Context(), req); !r.Allowed || len(r.Patches) > 0 {
			t.Errorf("%s: %v, patch %v", name, r.Result, r.Patches)
		}
	}
}

func TestCollectorInUseIsKept(t *testing.T) {
	upstream := func(spec string) gloo.Object {
		return decoded(t, `{"apiVersion":"gloo.solo.io/v1","kind":"Upstream","metadata":{"name":"opentelemetry-collector","namespace":"gloo-system"},"spec":{`+spec+`}}`)
	}
	up := upstream(`"useHttp2":true`)
	user := gateway(t, "", otel)
	going := decoded(t, `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"gloo-system","deletionTimestamp":"2026-01-01T00:00:00Z"}}`)
	remove := request(admissionv1.Delete, up, nil, up.Raw())
	for _, c := range []struct {
		name  string
		req   Request
		world []gloo.Object
		want  string // the code it is refused for
	}{
		{"deleted in use", remove, []gloo.Object{up, user}, "GT401"},
		{"deleted in use by Zipkin's provider", remove, []gloo.Object{up, gateway(t, "", strings.Replace(otel, "openTelemetry", "zipkin", 1))}, "GT401"},
		{"deleted unused", remove, []gloo.Object{up}, ""},
		{"deleted with its user on the way out", remove, []gloo.Object{up, gateway(t, `,"deletionTimestamp":"2026-01-01T00:00:00Z"`, otel)}, ""},
		{"deleted with its namespace", remove, []gloo.Object{up, user, going}, ""},
		{"loses HTTP/2 in use", update(upstream(`"useHttp2":false`), up), []gloo.Object{up, user}, "GT402"},
		{"loses HTTP/2 by leaving it out", update(upstream(`"static":{}`), up), []gloo.Object{up, user}, "GT402"},
		{"another field changes", update(upstream(`"useHttp2":true,"static":{}`), up), []gloo.Object{up, user}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := engine(policy.Default(), refs.FromObjects(c.world, true)).Validate(t.Context(), c.req)
			refused, _ := said(r)
			if got := strings.Fields(strings.Join(append(refused, ""), " ")); c.want == "" && !r.Allowed || c.want != "" && (r.Allowed || got[0] != c.want) {
				t.Errorf("refused for %q, want %q: %+v", got, c.want, r.Result)
			}
		})
	}
}

func TestRefusalNamesObjectFieldAndFix(t *testing.T) {
	r := engine(policy.Default(), refs.FromObjects(nil, false)).Validate(t.Context(), create(gateway(t, "", `{"openTelemetryConfig":{}}`)))
	want := `Gateway gloo-system/gateway-proxy:
GT103 spec.httpGateway.options.httpConnectionManagerSettings.tracing.openTelemetryConfig: no collector: Gloo refuses this listener and keeps serving the one before. Fix: collectorUpstreamRef: {namespace: gloo-system, name: opentelemetry-agent}`
	if r.Allowed || r.Result.Message != want {
		t.Errorf("got  %v\nwant %s", r.Result, want)
	}
	if cause := r.Result.Details.Causes; len(cause) != 1 || cause[0].Type != "GT103" || !strings.HasSuffix(cause[0].Field, ".openTelemetryConfig") {
		t.Errorf("causes %v", cause)
	}
}

// TestRefusalTellsOnlySomeOfMany: each route with a mistake would be a line, and a cause beside it.
func TestRefusalTellsOnlySomeOfMany(t *testing.T) {
	for routes, want := range map[int]string{20: "Fix: a number from 0 to 100", 500: "and 465 more; glootrace lint shows all", 50_000: "and 49965 more; glootrace lint shows all"} {
		o := decoded(t, named("RouteTable", "r", `{"routes":[`+items(routes, `{"options":{"tracing":{"tracePercentages":{"randomSamplePercentage":101}}}}`)+`]}`))
		r := engine(policy.Default(), refs.FromObjects(nil, false)).Validate(t.Context(), create(o))
		lines := strings.Split(r.Result.Message, "\n")
		if last := lines[len(lines)-1]; r.Allowed || len(r.Result.Message) > 10<<10 || !strings.HasSuffix(last, want) {
			t.Errorf("%d routes: %d bytes, and at the end %q, want %q", routes, len(r.Result.Message), last, want)
		}
		if causes := len(r.Result.Details.Causes); causes != strings.Count(r.Result.Message, "\nGT") {
			t.Errorf("%d routes: %d lines, %d causes", routes, len(lines), causes)
		}
	}
}

func TestModeWarnAdmitsEverything(t *testing.T) {
	p := policy.Default()
	p.Validation.Mode = policy.Warn
	r := engine(p, refs.FromObjects(nil, false)).Validate(t.Context(), create(gateway(t, "", `{"openTelemetryConfig":{}}`)))
	if _, warned := said(r); !r.Allowed || len(warned) != 1 {
		t.Errorf("got %v, warnings %q", r.Result, r.Warnings)
	}
}

func TestPanicLetsTheObjectThrough(t *testing.T) {
	m := NewMetrics(prometheus.NewRegistry())
	handle := guard(func(context.Context, Request) admission.Response { panic(errors.New("bug")) }, m, logr.Discard())
	r := handle(t.Context(), create(gateway(t, "", otel)))
	if !r.Allowed || len(r.Warnings) != 1 {
		t.Errorf("got %v, warnings %q", r.Result, r.Warnings)
	}
	if n := testutil.ToFloat64(m.admissions.WithLabelValues("Gateway", "panicked")); n != 1 {
		t.Errorf("counted %v times", n)
	}
}

func TestVerdictsAreCounted(t *testing.T) {
	e := engine(policy.Default(), refs.FromObjects(nil, false))
	handle := guard(e.Validate, e.Metrics, logr.Discard())
	handle(t.Context(), create(gateway(t, "", otel)))
	handle(t.Context(), create(gateway(t, "", `{"openTelemetryConfig":{}}`)))
	handle(t.Context(), request(admissionv1.Create, gateway(t, "", otel), nil, nil))
	for _, verdict := range []string{"allowed", "denied", "errored"} {
		if n := testutil.ToFloat64(e.Metrics.admissions.WithLabelValues("Gateway", verdict)); n != 1 {
			t.Errorf("%s counted %v times", verdict, n)
		}
	}
}

func TestPolicyIsReloadedAndABadOneIsNot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(body string) {
		if err := os.WriteFile(file, []byte("apiVersion: glootrace.dev/v1alpha1\nkind: Policy\n"+body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("gateways: {serviceName: one}\n")
	m := NewMetrics(prometheus.NewRegistry())
	f, err := openPolicy(file, m, logr.Discard())
	if err != nil {
		t.Fatal(err)
	}
	check := func(service string, loaded, failures float64) {
		t.Helper()
		f.reload()
		if got := f.Policy().Gateways.ServiceName; got != service {
			t.Errorf("service name %q, want %q", got, service)
		}
		if l, n := testutil.ToFloat64(m.policyLoaded), testutil.ToFloat64(m.policyFailed); l != loaded || n != failures {
			t.Errorf("loaded %v, failures %v; want %v, %v", l, n, loaded, failures)
		}
	}
	check("one", 1, 0)
	write("gateways: {serviceName: two}\n")
	check("two", 1, 0)
	write("gateways: {servceName: three}\n")
	check("two", 0, 1)
	check("two", 0, 1) // counted once, not at each look
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	check("two", 0, 2)
	write("gateways: {serviceName: four}\n")
	check("four", 1, 2)
}

// TestAReviewThatTakesTooMuchPasses: half of what is known of others could make a finding, or an addition, that is wrong.
func TestAReviewThatTakesTooMuchPasses(t *testing.T) {
	known := refs.FromObjects(nil, true)
	e := engine(policy.Default(), known)
	e.Known = func(ctx context.Context) refs.Reader { return known.Within(ctx, 1<<20) }
	refused, completed := create(gateway(t, "", `{"openCensusConfig":{}}`)), create(decoded(t, named("VirtualService", "v", `{"virtualHost":{"domains":["a.example"]}}`)))
	if e.Validate(t.Context(), refused).Allowed || len(e.Mutate(t.Context(), completed).Patches) == 0 {
		t.Fatal("the test shows nothing")
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	for name, r := range map[string]admission.Response{"validate": e.Validate(left, refused), "mutate": e.Mutate(left, completed)} {
		if !r.Allowed || len(r.Patches) > 0 || len(r.Warnings) == 0 || !strings.Contains(r.Warnings[0], "GT008") {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
