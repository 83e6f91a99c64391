package integration

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

const collectorUpstream = `
apiVersion: gloo.solo.io/v1
kind: Upstream
metadata: {name: NAME, namespace: NAMESPACE}
spec:
  useHttp2: true
  static:
    hosts: [{addr: otel-collector, port: 4317}]
`

func gateway(ns, name, tracing string) string {
	return `
apiVersion: gateway.solo.io/v1
kind: Gateway
metadata: {name: ` + name + `, namespace: ` + ns + `}
spec:
  httpGateway:
    options:
      httpConnectionManagerSettings:
        tracing: ` + tracing + "\n"
}

func otel(ns, name string) string {
	return `{openTelemetryConfig: {collectorUpstreamRef: {namespace: ` + ns + `, name: ` + name + `}}}`
}

func upstream(ns, name string) string {
	return strings.NewReplacer("NAMESPACE", ns, "NAME", name).Replace(collectorUpstream)
}

func TestBadEditIsRefusedAndNothingIsStored(t *testing.T) {
	ns := namespace(t)
	for _, c := range []struct{ name, tracing, want string }{
		{"no-collector", `{openTelemetryConfig: {}}`, "GT103 spec.httpGateway.options.httpConnectionManagerSettings.tracing.openTelemetryConfig: no collector"},
		{"open-census", `{openCensusConfig: {}}`, "GT102"},
		{"percentage", `{tracePercentages: {randomSamplePercentage: 250}}`, "randomSamplePercentage is 250, outside 0 to 100"},
	} {
		t.Run(c.name, func(t *testing.T) {
			said := refused(t, gateway(ns, c.name, c.tracing), "apply", "-f", "-")
			for _, want := range []string{
				`admission webhook "validate.glootrace.dev" denied the request: Gateway ` + ns + "/" + c.name + ":", c.want, "Fix: ",
			} {
				if !strings.Contains(said, want) {
					t.Errorf("kubectl does not say %q:\n%s", want, said)
				}
			}
			if left := kubectl(t, "", "get", "gateways.v1.gateway.solo.io", "-n", ns, "-o", "name"); strings.Contains(left, c.name) {
				t.Errorf("it was stored all the same: %s", left)
			}
		})
	}
}

func TestWrongTypeIsRefused(t *testing.T) {
	ns := namespace(t)
	said := refused(t, gateway(ns, "list", "[]"), "apply", "-f", "-")
	if strings.Contains(said, "in body must be of type") {
		t.Skip("these CRDs have schemas: the API server refuses it before glootrace")
	}
	if want := "GT001 spec.httpGateway.options.httpConnectionManagerSettings.tracing: a list where Gloo's API has a map"; !strings.Contains(said, want) {
		t.Errorf("kubectl does not say %q:\n%s", want, said)
	}
}

func TestWarningsAreShownByKubectl(t *testing.T) {
	ns := namespace(t)
	names := []string{"warned", "warned-too"} // kubectl prints a warning once, of however many objects it is
	said := warns(t, gateway(ns, names[0], otel(ns, "nope"))+"---"+gateway(ns, names[1], otel(ns, "nope")), "apply", "-f", "-")
	for _, name := range names {
		if want := "Warning: Gateway " + ns + "/" + name + ": GT105 spec.httpGateway.options.httpConnectionManagerSettings.tracing.openTelemetryConfig.collectorUpstreamRef: Upstream " + ns + "/nope does not exist"; !strings.Contains(said, want) {
			t.Errorf("kubectl does not say %q:\n%s", want, said)
		}
	}
}

func TestWarningsThatAreTooManyAreCounted(t *testing.T) {
	ns := namespace(t)
	routes := make([]string, 50)
	for i := range routes {
		routes[i] = fmt.Sprintf(`{matchers: [{prefix: /%d}], options: {tracing: {routeDescriptor: '{{%s}}', propagate: false}}}`, i, strings.Repeat("日本 ", 100))
	}
	said := warns(t, `
apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: many, namespace: `+ns+`}
spec: {virtualHost: {domains: [`+ns+`.example.com], routes: [`+strings.Join(routes, ", ")+`]}}
`, "apply", "-f", "-")
	warnings := strings.Split(strings.TrimSpace(said), "\n")
	shown, total := map[string]bool{}, 0
	for _, w := range warnings {
		w = strings.TrimPrefix(w, "Warning: ")
		what := strings.TrimPrefix(w, "VirtualService "+ns+"/many: ")
		total += len(w)
		if path := strings.Fields(what); strings.HasPrefix(what, "GT30") && strings.HasPrefix(path[1], "spec.") {
			shown[path[0]+path[1]] = true
		}
		if len(w) > 256 || !utf8.ValidString(w) {
			t.Errorf("%d bytes: %q", len(w), w)
		}
	}
	if total > 4096 || len(shown) < 10 {
		t.Errorf("%d bytes that show %d findings:\n%s", total, len(shown), said)
	}
	if want := fmt.Sprintf("Warning: VirtualService %s/many: and %d more; glootrace lint shows all", ns, 2*len(routes)-len(shown)); warnings[len(warnings)-1] != want {
		t.Errorf("the last is %q, want %q", warnings[len(warnings)-1], want)
	}
}

func TestErrorsAreListedAsFarAsAnybodyReads(t *testing.T) {
	ns := namespace(t)
	const n = 100
	tags := make([]string, n)
	for i := range tags {
		tags[i] = fmt.Sprintf("{tag: tag-%d, value: ''}", i)
	}
	said := refused(t, gateway(ns, "many", `{verbose: true, literalsForTags: [`+strings.Join(tags, ", ")+`]}`), "apply", "-f", "-")
	listed := strings.Count(said, "\nGT109 ")
	if want := fmt.Sprintf("\nand %d more; glootrace lint shows all", n-listed); listed < 20 || len(said) > 10<<10 || !strings.Contains(said, want) {
		t.Errorf("%d of %d errors are listed, in %d bytes:\n%s", listed, n, len(said), said)
	}
}

func TestUpstreamCreatedAMomentAgoCounts(t *testing.T) {
	ns := namespace(t)
	said := warns(t, upstream(ns, "new")+"---"+gateway(ns, "uses-new", otel(ns, "new")), "apply", "-f", "-")
	if said != "" {
		t.Errorf("kubectl warns: %s", said)
	}
}

func TestOldErrorsDoNotStandInTheWay(t *testing.T) {
	patch := func(tracing string) []string {
		return []string{"patch", "gateway.v1.gateway.solo.io/broken-before", "-n", "gloo-system", "--type=merge",
			"-p", `{"spec":{"httpGateway":{"options":{"httpConnectionManagerSettings":{"tracing":` + tracing + `}}}}}`}
	}
	if said := warns(t, "", patch(`{"verbose":true}`)...); !strings.Contains(said, ": GT102 ") {
		t.Errorf("the error that stays is not shown: %s", said)
	}
	if said := refused(t, "", patch(`{"tracePercentages":{"randomSamplePercentage":101}}`)...); !strings.Contains(said, "GT108") || strings.Contains(said, "\nGT102") {
		t.Errorf("want a refusal for the new error only: %s", said)
	}
	if said := warns(t, "", "label", "gateway.v1.gateway.solo.io/broken-before", "-n", "gloo-system", "team=pets"); !strings.Contains(said, "GT102") {
		t.Errorf("a label: %s", said)
	}
}

func TestCollectorInUseIsNeitherDeletedNorDegraded(t *testing.T) {
	ns := namespace(t)
	kubectl(t, upstream(ns, "used"), "apply", "-f", "-")
	kubectl(t, gateway(ns, "user", otel(ns, "used")), "apply", "-f", "-")
	// The webhook hears of the Gateway by its watch, a moment later.
	eventually(t, func() bool {
		_, said, err := cluster.Kubectl(t.Context(), "", "delete", "upstream/used", "-n", ns, "--dry-run=server")
		return err != nil && strings.Contains(said, "GT401: in use as tracing collector by Gateway "+ns+"/user")
	})
	said := refused(t, "", "patch", "upstream/used", "-n", ns, "--type=merge", "-p", `{"spec":{"useHttp2":false}}`)
	if !strings.Contains(said, "GT402 spec.useHttp2: takes HTTP/2 from the tracing collector of Gateway "+ns+"/user") {
		t.Errorf("kubectl says %s", said)
	}
	kubectl(t, "", "delete", "gateway.v1.gateway.solo.io/user", "-n", ns)
	eventually(t, func() bool {
		_, _, err := cluster.Kubectl(t.Context(), "", "delete", "upstream/used", "-n", ns)
		return err == nil
	})
}

func TestNamespaceGoesAwayWithACollectorInUse(t *testing.T) {
	ns, other := namespace(t), namespace(t)
	kubectl(t, upstream(ns, "used"), "apply", "-f", "-")
	kubectl(t, gateway(other, "user", otel(ns, "used")), "apply", "-f", "-")
	eventually(t, func() bool {
		_, _, err := cluster.Kubectl(t.Context(), "", "delete", "upstream/used", "-n", ns, "--dry-run=server")
		return err != nil
	})
	kubectl(t, "", "delete", "namespace", ns, "--wait=false")
	eventually(t, func() bool {
		_, _, err := cluster.Kubectl(t.Context(), "", "delete", "upstream/used", "-n", ns)
		return err == nil
	})
}

func TestHTTP2IsAddedAlsoByPatch(t *testing.T) {
	ns := namespace(t)
	kubectl(t, gateway(ns, "user", otel(ns, "late")), "apply", "-f", "-")
	eventually(t, func() bool {
		kubectl(t, strings.Replace(upstream(ns, "late"), "  useHttp2: true\n", "", 1), "apply", "-f", "-")
		added := strings.Contains(get(t, ns, "upstream/late"), `"useHttp2": true`)
		if !added {
			kubectl(t, "", "delete", "upstream/late", "-n", ns)
		}
		return added
	})
	// Taking it out again brings it back: the object keeps what it needs.
	kubectl(t, "", "patch", "upstream/late", "-n", ns, "--type=json", "-p", `[{"op":"replace","path":"/spec/static/hosts/0/port","value":4319}]`)
	if !strings.Contains(get(t, ns, "upstream/late"), `"useHttp2": true`) {
		t.Error("a patch of another field lost useHttp2")
	}
}
