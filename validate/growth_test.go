package validate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/validate"
)

// TestWorkGrowsAsTheInput: whoever may write an object could otherwise keep the
// webhook busy with a single one. Twice the input may make three times the
// allocations, which stand here for work; what is quadratic makes four times.
func TestWorkGrowsAsTheInput(t *testing.T) {
	decode := func(format string, args ...any) gloo.Object {
		o, err := gloo.Decode(fmt.Appendf(nil, format, args...))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	items := func(n int, format string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
		}
		return strings.Join(all, ",")
	}
	templated := func(template string) gloo.Object {
		return decode(`{"apiVersion":"gateway.solo.io/v1","kind":"VirtualService","metadata":{"name":"a","namespace":"b"},"spec":{"virtualHost":{"options":
			{"stagedTransformations":{"regular":{"requestTransforms":[{"requestTransformation":{"transformationTemplate":{%s}}}]}}}}}}`, template)
	}
	for name, input := range map[string]func(n int) (gloo.Object, []gloo.Object){
		"extractors that are not the ones asked for": func(n int) (gloo.Object, []gloo.Object) {
			return templated(`"extractors":{` + items(n, `"e#":{"header":"x","regex":".*","subgroup":0}`) + `},"headers":{` + items(n, `"h#":{"text":"{{ extraction(\"f#\") }} {{ g# }}"}`) + `}`), nil
		},
		"one template with everything": func(n int) (gloo.Object, []gloo.Object) {
			return templated(`"passthrough":{},"extractors":{` + items(n, `"e#.a":{"header":":path","regex":"(.*)","subgroup":1}`) + `},"spanTransformer":{"name":{"text":"` + strings.ReplaceAll(items(n, `{{ e#.a }}{{ e#.b }}{{ extraction(\"e#.a\") }}`), ",", "") + `"}}`), nil
		},
		"RouteTables that all delegate to each other": func(n int) (gloo.Object, []gloo.Object) {
			var tables []gloo.Object
			for i := range n {
				tables = append(tables, decode(`{"apiVersion":"gateway.solo.io/v1","kind":"RouteTable","metadata":{"name":"t%d","namespace":"b","labels":{"a":"b"}},"spec":{"routes":[
					{"matchers":[{"prefix":"/"}],"delegateAction":{"selector":{"labels":{"a":"b"}}}},{"matchers":[{"prefix":"/"}],"options":{"tracing":{}}}]}}`, i))
			}
			return tables[0], tables
		},
	} {
		t.Run(name, func(t *testing.T) {
			work := func(n int) float64 {
				o, others := input(n)
				known := refs.FromObjects(others, true)
				return testing.AllocsPerRun(1, func() { validate.Object(o, nil, policy.Default(), known) })
			}
			const n = 200
			if once, twice := work(n), work(2*n); twice > 3*once {
				t.Errorf("%d: %.0f allocations, %d: %.0f", n, once, 2*n, twice)
			} else {
				t.Logf("%d: %.0f allocations, %d: %.0f", n, once, 2*n, twice)
			}
		})
	}
}
