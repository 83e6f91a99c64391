package target

import (
	"fmt"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
)

const (
	traced   = `{apiVersion: gateway.solo.io/v1, kind: Gateway, metadata: {name: traced, namespace: g}, spec: {bindPort: 8080, httpGateway: {virtualServiceNamespaces: [a], options: {httpConnectionManagerSettings: {tracing: {openTelemetryConfig: {}}}}}}}`
	untraced = `{apiVersion: gateway.solo.io/v1, kind: Gateway, metadata: {name: any, namespace: g}, spec: {bindPort: 8081, httpGateway: {}}}`
	overTLS  = `{apiVersion: gateway.solo.io/v1, kind: Gateway, metadata: {name: ssl, namespace: g}, spec: {bindPort: 8443, ssl: true, httpGateway: {}}}`
)

// host is a VirtualService with domains and routes.
func host(namespace, domains, routes string) string {
	return `{apiVersion: gateway.solo.io/v1, kind: VirtualService, metadata: {name: vs, namespace: ` + namespace + `}, spec: {virtualHost: {domains: ` + domains + `, routes: ` + routes + `}}}`
}

func TestARequestThatIsServed(t *testing.T) {
	const all = `[{matchers: [{prefix: /}]}]`
	unsampled := `{apiVersion: gateway.solo.io/v1, kind: RouteOption, metadata: {name: o, namespace: a}, spec: {options: {tracing: {tracePercentages: {overallSamplePercentage: 0}}}}}`
	table := `{apiVersion: gateway.solo.io/v1, kind: RouteTable, metadata: {name: t, namespace: a}, spec: {routes: [{matchers: [{exact: /cart/list}]}]}}`
	for name, c := range map[string]struct {
		objects    []string
		host, path string // that are wanted
		want       string // gateway, host and path
	}{
		"any host":                       {[]string{traced, host("a", `["*"]`, all)}, "", "", "g/traced  /"},
		"its host":                       {[]string{traced, host("a", `[shop.example.com]`, all)}, "", "", "g/traced shop.example.com /"},
		"a host of many":                 {[]string{traced, host("a", `["*.example.com"]`, all)}, "", "", "g/traced glootrace-verify.example.com /"},
		"a host that is wanted":          {[]string{traced, host("a", `["*.example.com"]`, all)}, "a.example.com", "", "g/traced a.example.com /"},
		"a host that nobody serves":      {[]string{traced, host("a", `[shop.example.com]`, all)}, "other.example.com", "", ""},
		"a path that is wanted":          {[]string{traced, host("a", `["*"]`, all)}, "", "/x", "g/traced  /x"},
		"a gateway that traces":          {[]string{untraced, traced, host("a", `["*"]`, all)}, "", "", "g/traced  /"},
		"a gateway that does not":        {[]string{untraced, traced, host("b", `["*"]`, all)}, "", "", "g/any  /"},
		"no gateway":                     {[]string{traced, host("b", `["*"]`, all)}, "", "", ""},
		"TLS only":                       {[]string{overTLS, host("a", `["*"]`, all)}, "", "", ""},
		"a path by regex, and by prefix": {[]string{traced, host("a", `["*"]`, `[{matchers: [{regex: "/a.*"}]}, {matchers: [{prefix: /b}]}]`)}, "", "", "g/traced  /b"},
		"a path with a header":           {[]string{traced, host("a", `["*"]`, `[{matchers: [{prefix: /a, headers: [{name: x}]}]}, {matchers: [{exact: /b}]}]`)}, "", "", "g/traced  /b"},
		"a path that is not sampled":     {[]string{traced, host("a", `["*"]`, `[{matchers: [{prefix: /a}], options: {tracing: {tracePercentages: {overallSamplePercentage: 0}}}}, {matchers: [{prefix: /b}]}]`)}, "", "", "g/traced  /b"},
		"nor by a RouteOption":           {[]string{traced, unsampled, host("a", `["*"]`, `[{matchers: [{prefix: /a}], optionsConfigRefs: {delegateOptions: [{namespace: a, name: o}]}}, {matchers: [{prefix: /b}]}]`)}, "", "", "g/traced  /b"},
		"a path by delegation":           {[]string{traced, table, host("a", `["*"]`, `[{matchers: [{prefix: /cart}], delegateAction: {ref: {namespace: a, name: t}}}]`)}, "", "", "g/traced  /cart/list"},
		"a table that is missing":        {[]string{traced, host("a", `["*"]`, `[{matchers: [{prefix: /cart}], delegateAction: {ref: {namespace: a, name: t}}}, {matchers: [{prefix: /}]}]`)}, "", "", "g/traced  /"},
	} {
		t.Run(name, func(t *testing.T) {
			objects := decode(t, c.objects...)
			s, found := choose(objects, refs.FromObjects(objects, true), "", c.host, c.path)
			got := ""
			if found {
				got = strings.Join([]string{s.gateway.Ref().String(), s.host, s.path}, " ")
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestANamedGateway(t *testing.T) {
	objects := decode(t, untraced, traced, host("a", `["*"]`, `[{matchers: [{prefix: /}]}]`))
	for name, want := range map[string]string{"any": "any", "g/any": "any", "traced": "traced", "": "traced", "other": "", "a/any": ""} {
		s, found := choose(objects, refs.FromObjects(objects, true), name, "", "")
		if got := s.gateway.Ref().Name; got != want || found != (want != "") {
			t.Errorf("%q: got %q", name, got)
		}
		if err := exists(objects, name); (err == nil) != found || err != nil && err.Error() != "there is no Gateway "+name+"; there is g/any, g/traced" {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestAGatewaysNameInTwoNamespaces(t *testing.T) {
	objects := decode(t, traced, strings.Replace(traced, "namespace: g", "namespace: h", 1))
	for name, want := range map[string]string{
		"traced":   "which Gateway traced? There is g/traced, h/traced: name one as NAMESPACE/NAME",
		"h/traced": "<nil>", "": "<nil>",
	} {
		if err := exists(objects, name); fmt.Sprint(err) != want {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func decode(t *testing.T, texts ...string) (objects []gloo.Object) {
	t.Helper()
	for _, text := range texts {
		objects = append(objects, testcase.Decode(t, text))
	}
	return objects
}
