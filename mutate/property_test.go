package mutate_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
	"github.com/glootrace/glootrace/validate"
)

func TestMutationIsSafe(t *testing.T) {
	for seed := range uint64(1500) {
		holds(t, seed)
	}
}

func FuzzMutationIsSafe(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { holds(t, seed) })
}

// holds holds mutation to what it promises, on a world made at random: what was
// there stays, a second time adds nothing, and no object is worse than before.
func holds(t *testing.T, seed uint64) {
	t.Helper()
	w := world{rand.New(rand.NewPCG(seed, 1))}
	var objects []gloo.Object
	for range 2 + w.IntN(5) {
		objects = append(objects, w.object(t))
	}
	pol := policy.Default()
	if w.IntN(3) == 0 {
		pol.SpanName.Strategy = policy.ByRoute
	}
	known := refs.FromObjects(objects, w.IntN(2) == 0)
	for _, o := range objects {
		result := mutate.Object(o, pol, known)
		mutated := apply(t, o, result)
		if at := lost(testcase.Generic(t, o.Raw()), testcase.Generic(t, mutated.Raw()), ""); at != "" {
			t.Errorf("seed %d: %s lost or changed by %v\n%s", seed, at, result.Patch, o.Raw())
		}
		operations := len(result.Patch)
		if operations > 0 {
			operations-- // the record
		}
		if operations != len(result.Added) {
			t.Errorf("seed %d: %d operations, but %v added", seed, operations, result.Added)
		}
		if again := mutate.Object(mutated, pol, known); len(again.Patch) > 0 {
			t.Errorf("seed %d: a second time adds %v to\n%s", seed, again.Patch, mutated.Raw())
		}
		after := validate.Object(mutated, nil, pol, known)
		finding.MarkOld(after, validate.Object(o, nil, pol, known))
		for _, found := range after {
			holder, _, _ := strings.Cut(found.Path.String(), ".options")
			left := slices.ContainsFunc(result.Notes, func(n finding.Finding) bool {
				return n.Code == finding.NotNamed.Code && strings.HasPrefix(n.Path.String(), holder)
			})
			if found.Code == finding.HidesSpanName.Code && left { // the note says so of the same place
				continue
			}
			if !found.Old {
				t.Errorf("seed %d: only after mutation: %s\nin %s", seed, found, mutated.Raw())
			}
		}
	}
}

// lost finds a place where before has something that after has not: "" if there
// is none. A null may be replaced, and a list may become longer.
func lost(before, after any, at string) string {
	switch b := before.(type) {
	case nil:
		return ""
	case map[string]any:
		a, ok := after.(map[string]any)
		if !ok {
			return at
		}
		for k, v := range b {
			if found := lost(v, a[k], at+"/"+k); found != "" {
				return found
			}
		}
		return ""
	case []any:
		a, ok := after.([]any)
		if !ok || len(a) < len(b) {
			return at
		}
		for i, v := range b {
			if found := lost(v, a[i], fmt.Sprintf("%s/%d", at, i)); found != "" {
				return found
			}
		}
		return ""
	default:
		if before == after {
			return ""
		}
		return at
	}
}

// world makes objects at random, near enough to real ones that every rule and
// mutation has something to do, and with what does not belong there.
type world struct{ *rand.Rand }

type obj = map[string]any

func (w world) object(t *testing.T) gloo.Object {
	t.Helper()
	kinds := []gloo.Kind{gloo.Gateway, gloo.Gateway, gloo.MatchableHTTPGateway, gloo.HTTPListenerOption,
		gloo.VirtualService, gloo.RouteTable, gloo.Upstream, gloo.Upstream, gloo.VirtualHostOption, gloo.RouteOption}
	kind := kinds[w.IntN(len(kinds))]
	meta := obj{"name": w.pick("a", "b", "opentelemetry-collector"), "namespace": w.pick("gloo-system", "edge")}
	w.maybe(meta, "annotations", func() any { return obj{policy.Inject: w.pick("true", "false", "x")} })
	w.maybe(meta, "labels", func() any { return obj{"team": w.pick("pets", "shops")} })
	doc := obj{"kind": kind, "metadata": meta}
	for _, a := range gloo.APIs {
		if a.Kind == kind {
			doc["apiVersion"] = a.APIVersion
		}
	}
	spec := obj{"bindPort": 8080}
	switch kind {
	case gloo.Gateway:
		w.maybe(spec, "httpGateway", w.httpGateway)
		w.maybe(spec, "hybridGateway", w.hybrid)
		w.maybe(spec, "tcpGateway", func() any { return obj{} })
	case gloo.MatchableHTTPGateway:
		w.maybe(spec, "httpGateway", w.httpGateway)
	case gloo.HTTPListenerOption:
		w.maybe(spec, "options", w.options)
	case gloo.VirtualService:
		w.maybe(spec, "virtualHost", w.virtualHost)
	case gloo.RouteTable:
		w.maybe(spec, "routes", w.routes)
		if w.IntN(2) == 0 {
			spec["routes"] = newRouting(w.Uint64()).routes(1)
		}
	case gloo.VirtualHostOption, gloo.RouteOption:
		newRouting(w.Uint64()).options(spec, string(kind))
	case gloo.Upstream:
		w.maybe(spec, "useHttp2", func() any { return w.IntN(2) == 0 })
		w.maybe(spec, "static", func() any {
			return obj{"hosts": []any{obj{"addr": w.pick("otel", "otel.gloo-system", "10.0.0.1"), "port": []int{4317, 4318, 9411}[w.IntN(3)]}}}
		})
	}
	doc["spec"] = spec
	if w.IntN(30) == 0 {
		doc["spec"] = w.odd()
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	o, err := gloo.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (w world) pick(choices ...string) string { return choices[w.IntN(len(choices))] }

// maybe sets a field to what it should be, to what it should not be, or not at all.
func (w world) maybe(m obj, field string, value func() any) {
	switch n := w.IntN(20); {
	case n == 0:
		m[field] = w.odd()
	case n < 13:
		m[field] = value()
	}
}

func (w world) odd() any {
	return []any{nil, "text", "", 7, -1.5, true, obj{}, []any{}, []any{nil}, []any{obj{"x": 1}, "y"}}[w.IntN(10)]
}

func (w world) httpGateway() any {
	m := obj{}
	w.maybe(m, "options", w.options)
	return m
}

func (w world) options() any {
	m := obj{"gzip": obj{}}
	w.maybe(m, "httpConnectionManagerSettings", w.connectionManager)
	return m
}

func (w world) connectionManager() any {
	m := obj{"useRemoteAddress": true}
	w.maybe(m, "tracing", w.tracing)
	return m
}

func (w world) tracing() any {
	m := obj{}
	for _, p := range []string{gloo.Zipkin, gloo.Datadog, gloo.OpenTelemetry, gloo.OpenCensus} {
		if w.IntN(4) == 0 {
			w.maybe(m, p, w.provider)
		}
	}
	w.maybe(m, "tracePercentages", func() any { return obj{"randomSamplePercentage": w.IntN(300) - 100} })
	w.maybe(m, "literalsForTags", func() any { return []any{obj{"tag": w.pick("", "a"), "value": w.pick("", "b")}, w.odd()} })
	return m
}

func (w world) provider() any {
	m := obj{}
	w.maybe(m, "collectorUpstreamRef", func() any { return obj{"name": w.pick("a", "opentelemetry-collector"), "namespace": "gloo-system"} })
	if w.IntN(3) == 0 {
		m["clusterName"] = w.pick("", "cluster")
	}
	return m
}

func (w world) hybrid() any {
	m := obj{}
	if w.IntN(2) == 0 {
		w.maybe(m, "matchedGateways", func() any { return []any{obj{"httpGateway": w.httpGateway()}, obj{"tcpGateway": obj{}}, w.odd()} })
	}
	w.maybe(m, "delegatedHttpGateways", func() any {
		d := obj{}
		w.maybe(d, "httpConnectionManagerSettings", w.connectionManager)
		w.maybe(d, "selector", func() any { return obj{"labels": obj{"team": "pets"}, "namespaces": []any{"*"}} })
		return d
	})
	return m
}

func (w world) virtualHost() any {
	m := obj{"domains": []any{"*"}}
	routing := newRouting(w.Uint64())
	routing.options(m, "host")
	if w.IntN(3) == 0 {
		w.maybe(m, "options", func() any {
			return obj{w.pick("stagedTransformations", "transformations"): w.odd(), "cors": obj{}}
		})
	}
	if w.IntN(2) == 0 {
		m["routes"] = routing.routes(2)
		return m
	}
	w.maybe(m, "routes", w.routes)
	return m
}

func (w world) routes() any {
	var routes []any
	for i := range w.IntN(4) {
		r := obj{"name": fmt.Sprint(i)}
		w.maybe(r, "options", func() any {
			o := obj{}
			w.maybe(o, "tracing", func() any {
				t := obj{}
				w.maybe(t, "routeDescriptor", func() any { return w.pick("", "pets", "{{x}}") })
				w.maybe(t, "tracePercentages", func() any { return obj{"overallSamplePercentage": w.IntN(300) - 100} })
				return t
			})
			return o
		})
		routes = append(routes, r)
	}
	return routes
}
