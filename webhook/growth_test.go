package webhook

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
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
	for name, input := range growing {
		t.Run(name, func(t *testing.T) {
			work := func(n int) uint64 {
				var objects []gloo.Object
				for _, raw := range input(n) {
					objects = append(objects, decoded(t, raw))
				}
				e, req := engine(policy.Default(), refs.FromObjects(objects, true)), create(objects[0])
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				e.Mutate(t.Context(), req)
				e.Validate(t.Context(), req)
				runtime.ReadMemStats(&after)
				return after.Mallocs - before.Mallocs
			}
			const n = 200
			if once, twice := work(n), work(2*n); twice > 3*once {
				t.Errorf("%d: %d allocations, %d: %d", n, once, 2*n, twice)
			} else {
				t.Logf("%d: %d allocations, %d: %d", n, once, 2*n, twice)
			}
		})
	}
}
