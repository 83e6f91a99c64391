package webhook

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/mutate"
)

// items are n items of a list, or fields of a map, with their numbers in place of #.
func items(n int, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
	}
	return strings.Join(all, ",")
}

func named(kind, name, spec string) string {
	return fmt.Sprintf(`{"apiVersion":"gateway.solo.io/v1","kind":%q,"metadata":{"name":%q,"namespace":"n","labels":{"a":"b"}},"spec":%s}`, kind, name, spec)
}

func template(fields string) string {
	return named("VirtualService", "v", `{"virtualHost":{"options":{"stagedTransformations":{"regular":{"requestTransforms":[{"requestTransformation":{"transformationTemplate":{`+fields+`}}}]}}}}}`)
}

// above are a RouteTable with tracing, and VirtualServices that delegate to it.
func above(n int) []string {
	all := []string{named("RouteTable", "t", `{"routes":[{"options":{"tracing":{}}}]}`)}
	for i := range n {
		all = append(all, named("VirtualService", fmt.Sprintf("v%d", i), `{"virtualHost":{"routes":[{"delegateAction":{"name":"t","namespace":"n"}}]}}`))
	}
	return all
}

// silent is a Gateway that gets no provider.
func silent(name, spec string) string {
	return strings.Replace(named("Gateway", name, spec), `"labels"`, `"annotations":{"glootrace.dev/inject":"false"},"labels"`, 1)
}

// growing are objects of which the first is reviewed, for sizes of the input.
var growing = map[string]func(n int) []string{
	"extractors that are not the ones asked for": func(n int) []string {
		return []string{template(`"extractors":{` + items(n, `"e#":{"header":"x","regex":".*","subgroup":0}`) + `},"headers":{` + items(n, `"h#":{"text":"{{ extraction(\"f#\") }} {{ g# }}"}`) + `}`)}
	},
	"one template with everything": func(n int) []string {
		return []string{template(`"passthrough":{},"extractors":{` + items(n, `"e#.a":{"header":":path","regex":"(.*)","subgroup":1}`) + `},"spanTransformer":{"name":{"text":"` + strings.ReplaceAll(items(n, `{{ e#.a }}{{ e#.b }}{{ extraction(\"e#.a\") }}`), ",", "") + `"}}`)}
	},
	"RouteTables that all delegate to each other": func(n int) (all []string) {
		for i := range n {
			all = append(all, named("RouteTable", fmt.Sprintf("t%d", i), `{"routes":[`+items(3, `{"delegateAction":{"selector":{"labels":{"a":"b"}}},"options":{"transformations":{}}}`)+
				`,{"options":{"tracing":{},"stagedTransformations":{"inheritTransformation":true,"early":{}}}}]}`))
		}
		return all
	},
	"routes that name the reviewed RouteTable": func(n int) []string {
		return []string{named("RouteTable", "t", `{"routes":[`+items(n, `{"options":{"stagedTransformations":{"early":{}}}},{"options":{"transformations":{}}}`)+`]}`),
			named("VirtualService", "v", `{"virtualHost":{"routes":[`+items(n, `{"delegateAction":{"name":"t","namespace":"n"}}`)+`]}}`)}
	},
	"users of the reviewed RouteOption": func(n int) []string {
		return []string{named("RouteOption", "o", `{"options":{"stagedTransformations":{"early":{}}}}`),
			named("RouteTable", "t", `{"routes":[`+items(n, `{"optionsConfigRefs":{"delegateOptions":[{"name":"o","namespace":"n"}]}}`)+`]}`),
			named("VirtualService", "v", `{"virtualHost":{"routes":[`+items(n, `{"delegateAction":{"name":"t","namespace":"n"}}`)+`]}}`)}
	},
	"routes with tracing below routes with tracing": func(n int) []string {
		return []string{named("RouteTable", "t", `{"routes":[`+items(n, `{"options":{"tracing":{"tracePercentages":{"randomSamplePercentage":1}}}}`)+`]}`),
			named("VirtualService", "v", `{"virtualHost":{"routes":[`+items(n, `{"options":{"tracing":{"tracePercentages":{"overallSamplePercentage":1}}},"delegateAction":{"name":"t","namespace":"n"}}`)+`]}}`)}
	},
	"routes that inherit from a host with transformations": func(n int) []string {
		return []string{named("VirtualService", "v", `{"virtualHost":{"options":{"stagedTransformations":{"early":{"requestTransforms":[`+items(n, `{"requestTransformation":{"transformationTemplate":{}}}`)+
			`]},"regular":{"requestTransforms":[{"requestTransformation":{"transformationTemplate":{"spanTransformer":{"name":{"text":"a"}}}}}]}}},"routes":[`+items(n, `{"options":{"stagedTransformations":{"inheritTransformation":true}}}`)+`]}}`)}
	},
	"routes that delegate below a host with transformations": func(n int) []string {
		return []string{named("RouteTable", "t", `{"routes":[]}`),
			named("VirtualService", "v", `{"virtualHost":{"options":{"stagedTransformations":{"regular":{"requestTransforms":[`+items(n, `{"requestTransformation":{"transformationTemplate":{}}}`)+
				`]}}},"routes":[`+items(n, `{"delegateAction":{"name":"t","namespace":"n"}}`)+`]}}`)}
	},
	"routes with transformations of one RouteOption": func(n int) []string {
		return []string{named("VirtualService", "v", `{"virtualHost":{"routes":[`+items(n, `{"options":{"tracing":{"routeDescriptor":"d"}},"optionsConfigRefs":{"delegateOptions":[{"name":"o","namespace":"n"}]}}`)+`]}}`),
			named("RouteOption", "o", `{"options":{"stagedTransformations":{"early":{"requestTransforms":[`+items(n, `{}`)+`]},"regular":{"requestTransforms":[`+items(n, `{}`)+`]}}}}`)}
	},
	"routes that hide a RouteOption by what is recorded": func(n int) []string {
		record := `"annotations":{"glootrace.dev/added":"v1 -` + strings.ReplaceAll(items(n, ` 11111111:3:/spec/virtualHost/routes/#/options/stagedTransformations/regular/requestTransforms`), ",", "") + `"}`
		return []string{strings.Replace(named("VirtualService", "v", `{"virtualHost":{"routes":[`+items(n, `{"options":{"stagedTransformations":{}},"optionsConfigRefs":{"delegateOptions":[{"name":"o","namespace":"n"}]}}`)+`]}}`), `"labels":{"a":"b"}`, record, 1),
			named("RouteOption", "o", `{"options":{"stagedTransformations":{}}}`)}
	},
	"destinations of a route with RouteOptions": func(n int) []string {
		return []string{named("VirtualService", "v", `{"virtualHost":{"routes":[{"optionsConfigRefs":{"delegateOptions":[`+items(n, `{"name":"o","namespace":"n"}`)+`]},"routeAction":{"multi":{"destinations":[`+
			items(n, `{"options":{"transformations":{}}}`)+`]}}}]}}`)}
	},
	"selectors and labels": func(n int) []string {
		labels := items(n, `"l#":"x"`)
		return []string{strings.Replace(named("RouteTable", "t", `{"routes":[{"options":{"tracing":{}}}]}`), `"a":"b"`, `"a":"b",`+labels, 1),
			named("VirtualService", "v", `{"virtualHost":{"routes":[`+items(n, `{"delegateAction":{"selector":{"labels":{"a":"b"}}}}`)+`]}}`)}
	},
	"routes and entries": func(n int) []string {
		return []string{named("VirtualService", "v", `{"virtualHost":{"options":{"stagedTransformations":{"regular":{"requestTransforms":[`+items(n, `{"matcher":{"prefix":"/p#"},"requestTransformation":{"transformationTemplate":{}}}`)+
			`]}}},"routes":[`+items(n, `{"matchers":[{"prefix":"/p#"}]}`)+`]}}`)}
	},
	"a route's matchers and destinations": func(n int) []string {
		return []string{named("VirtualService", "v", `{"virtualHost":{"routes":[{"matchers":[`+items(n, `{"prefix":"/p#"}`)+`],"routeAction":{"multi":{"destinations":[`+
			items(n, `{"options":{"stagedTransformations":{"regular":{"requestTransforms":[{"matcher":{"prefix":"/p"},"requestTransformation":{"transformationTemplate":{}}}]}}}}`)+`]}}}]}}`)}
	},
	"routes that yield to names in the early stage": func(n int) []string {
		return []string{named("VirtualService", "v", `{"virtualHost":{"options":{"stagedTransformations":{"early":{"requestTransforms":[{"matcher":{"prefix":"/e"},"requestTransformation":{"transformationTemplate":{"spanTransformer":{"name":{"text":"a"}}}}}]}}},"routes":[`+
			items(n, `{"options":{"stagedTransformations":{"inheritTransformation":true,"early":{}}}}`)+`]}}`)}
	},
	"listeners and the hosts of their collector": func(n int) []string {
		return []string{named("Gateway", "g", `{"hybridGateway":{"matchedGateways":[`+items(n, `{"httpGateway":{"options":{"httpConnectionManagerSettings":{"tracing":{"openTelemetryConfig":{"collectorUpstreamRef":{"name":"u","namespace":"n"}}}}}}}`)+`]}}`),
			strings.Replace(named("Upstream", "u", `{"static":{"hosts":[`+items(n, `{"addr":"short","port":4317}`)+`]}}`), "gateway.solo.io", "gloo.solo.io", 1)}
	},
	"a Gateway that names the VirtualServices above the reviewed RouteTable": func(n int) []string {
		return append(above(n), silent("g", `{"httpGateway":{"virtualServices":[`+items(n, `{"name":"v#","namespace":"n"}`)+`]}}`))
	},
	"VirtualServices above the reviewed RouteTable, and listeners": func(n int) []string {
		return append(above(n), silent("g", `{"hybridGateway":{"matchedGateways":[`+items(n, `{"httpGateway":{"virtualServiceNamespaces":["#"]}},{"httpGateway":{}}`)+`]}}`))
	},
	"Gateways and MatchableHttpGateways": func(n int) []string {
		all := above(1)
		for i := range n {
			all = append(all, silent(fmt.Sprintf("g%d", i), `{"hybridGateway":{"delegatedHttpGateways":{"selector":{"labels":{"a":"b"}}}}}`),
				strings.Replace(silent(fmt.Sprintf("m%d", i), `{"httpGateway":{}}`), "Gateway", "MatchableHttpGateway", 1))
		}
		return all
	},
	"a hybrid Gateway's listeners and its proxies": func(n int) []string {
		all := []string{named("Gateway", "g", `{"hybridGateway":{"matchedGateways":[`+items(n, `{"httpGateway":{}},{"httpGateway":{"options":{"httpConnectionManagerSettings":{"tracing":{"openTelemetryConfig":{"collectorUpstreamRef":{"name":"u","namespace":"n"}}}}}}}`)+`]}}`),
			strings.Replace(named("Upstream", "u", `{"static":{"hosts":[{"addr":"short","port":4317}]}}`), "gateway.solo.io", "gloo.solo.io", 1)}
		for i := range n {
			all = append(all, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p%d","namespace":"n","labels":{"gloo":"gateway-proxy","gateway-proxy-id":"gateway-proxy"}},"spec":{"containers":[]}}`, i))
		}
		return all
	},
}

// TestWorkGrowsAsTheInput: whoever may write an object could otherwise keep the
// webhook busy with a single one. Twice the input may make three times the
// allocations, which stand here for work; what is quadratic makes four times.
func TestWorkGrowsAsTheInput(t *testing.T) {
	byRoute, later := policy.Default(), policy.Default()
	byRoute.SpanName.Strategy = policy.ByRoute
	later.SpanName.Template = "later"
	for name, input := range growing {
		for strategy, pol := range map[string]policy.Policy{"by template": policy.Default(), "by route": byRoute} {
			t.Run(name+", "+strategy, func(t *testing.T) {
				work := func(n int) (first, again uint64) {
					var objects []gloo.Object
					for _, raw := range input(n) {
						objects = append(objects, decoded(t, raw))
					}
					o := objects[0]
					known := func() refs.Reader { return refs.FromObjects(objects, true) }
					first = allocations(func() {
						e := engine(pol, known())
						e.Mutate(t.Context(), create(o))
						e.Validate(t.Context(), create(o))
					})
					mutated, err := mutate.Object(o, pol, known()).Applied(o)
					if err != nil {
						t.Fatal(err)
					}
					return first, allocations(func() {
						engine(pol, known()).Mutate(t.Context(), create(mutated))
						engine(later, known()).Mutate(t.Context(), create(mutated))
					})
				}
				const n = 200
				once, onceAgain := work(n)
				twice, twiceAgain := work(2 * n)
				if twice > 3*once || twiceAgain > 3*onceAgain {
					t.Errorf("%d: %d allocations and again %d, %d: %d and %d", n, once, onceAgain, 2*n, twice, twiceAgain)
				}
			})
		}
	}
}

func allocations(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}
