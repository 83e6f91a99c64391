package gloo_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
)

func decode(t *testing.T, raw string) gloo.Object {
	t.Helper()
	o, err := gloo.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestPathPrintsAsFieldPathAndAsPointer(t *testing.T) {
	var root *gloo.Path
	p := root.Child("spec", "routes").Index(3).Child("a~b", "glootrace.dev/inject")
	if got, want := p.String(), "spec.routes[3].a~b[glootrace.dev/inject]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := p.Pointer(), "/spec/routes/3/a~0b/glootrace.dev~1inject"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if moved := root.Child("spec", "routes").Index(7).Child("a~b", "glootrace.dev/inject"); moved.Shape() != p.Shape() {
		t.Errorf("%s and %s: an item that moved is another", moved.Shape(), p.Shape())
	}
	if root.String() != "" || root.Pointer() != "" {
		t.Error("the object itself has no path")
	}
}

func TestDecodeRefusesWhatIsNoObject(t *testing.T) {
	for _, raw := range []string{``, `{`, `null`, `[]`, `"x"`, `{}`, `{"kind":"Gateway"}`, `{"kind":7,"apiVersion":"v1"}`, "{\"kind\":\"\xff"} {
		if o, err := gloo.Decode([]byte(raw)); err == nil {
			t.Errorf("%q became %s", raw, o)
		}
	}
}

func TestVersionsOfGlooDiffer(t *testing.T) {
	for _, c := range []struct {
		version               string
		spanName, refusesHole bool
	}{
		{"", true, false},
		{"1.13.0", false, true},
		{"v1.17.14", false, true},
		{"1.17.15", true, true},
		{"1.18.0-beta2", true, true},
		{"1.19.0", true, false},
		{"1.20.3", true, false},
	} {
		v, err := gloo.ParseVersion(c.version)
		if err != nil {
			t.Fatal(err)
		}
		if v.HasSpanTransformer() != c.spanName || v.RefusesMissingCollector() != c.refusesHole {
			t.Errorf("%q: spanTransformer %v, refuses a missing collector %v", c.version, v.HasSpanTransformer(), v.RefusesMissingCollector())
		}
	}
	if _, err := gloo.ParseVersion("latest"); err == nil {
		t.Error("latest is no version")
	}
}

func TestWhichGatewaysADelegationSelects(t *testing.T) {
	child := decode(t, `{"apiVersion":"gateway.solo.io/v1","kind":"MatchableHttpGateway","metadata":{"name":"pets","namespace":"edge","labels":{"team":"pets","tier":"2"}},"spec":{}}`)
	ssl := decode(t, `{"apiVersion":"gateway.solo.io/v1","kind":"MatchableHttpGateway","metadata":{"name":"pets","namespace":"edge"},"spec":{"matcher":{"sslConfig":{}}}}`)
	for _, c := range []struct {
		name, delegation string
		child            gloo.Object
		want             bool
	}{
		{"everything", `{}`, child, true},
		{"by reference", `{"ref":{"name":"pets","namespace":"edge"}}`, child, true},
		{"by reference, another namespace", `{"ref":{"name":"pets","namespace":"x"}}`, child, false},
		{"by labels", `{"selector":{"labels":{"team":"pets"}}}`, child, true},
		{"by other labels", `{"selector":{"labels":{"team":"shops"}}}`, child, false},
		{"by namespace", `{"selector":{"namespaces":["x","edge"]}}`, child, true},
		{"by any namespace", `{"selector":{"namespaces":["*"]}}`, child, true},
		{"by another namespace", `{"selector":{"namespaces":["x"]}}`, child, false},
		{"by expression", `{"selector":{"expressions":[{"key":"team","operator":"In","values":["pets","shops"]},{"key":"tier","operator":"GreaterThan","values":["1"]}]}}`, child, true},
		{"by expression that fails", `{"selector":{"expressions":[{"key":"team","operator":"DoesNotExist"}]}}`, child, false},
		{"by the default operator", `{"selector":{"expressions":[{"key":"team","values":["pets"]}]}}`, child, true},
		{"by an expression that Gloo cannot read", `{"selector":{"expressions":[{"key":"team","operator":"Near","values":["pets"]}]}}`, child, false},
		{"TLS on one side", `{}`, ssl, false},
		{"TLS on both sides", `{"sslConfig":{}}`, ssl, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			parent := decode(t, `{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{},"spec":{"hybridGateway":{"delegatedHttpGateways":`+c.delegation+`}}}`)
			if got := parent.Delegation().Selects()(c.child); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestMatchedGatewaysTakeTheDelegationOut(t *testing.T) {
	o := decode(t, `{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{},"spec":{"hybridGateway":{"matchedGateways":[{"httpGateway":{}}],"delegatedHttpGateways":{}}}}`)
	if o.Delegation().IsMap() || len(o.Listeners()) != 1 {
		t.Error("Gloo does not look at delegatedHttpGateways beside matchedGateways")
	}
}

// slimmed is what is kept of an object of gateway.solo.io/v1.
func slimmed(t *testing.T, kind gloo.Kind, raw string) gloo.Object {
	t.Helper()
	v, err := gloo.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	o, err := gloo.Unslim(gloo.Slim(v, kind), "gateway.solo.io/v1", kind, gloo.Ref{Namespace: "n", Name: "o"})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestSlimKeepsWhatRulesAskAndNoMore(t *testing.T) {
	slim := slimmed(t, gloo.Gateway, `{
		"metadata":{"name":"g","namespace":"n","labels":{"a":"b"},"annotations":{"glootrace.dev/injected":"x","kubectl.kubernetes.io/last-applied-configuration":"long"},"managedFields":[{}]},
		"spec":{"bindPort":8080,"proxyNames":["p"],"httpGateway":{"options":{"gzip":{},"httpConnectionManagerSettings":{"useRemoteAddress":true,
			"tracing":{"openTelemetryConfig":{"collectorUpstreamRef":{"name":"c","namespace":"n"}}}}}}},"status":{}}`)
	if got := slim.Collectors(); !reflect.DeepEqual(got, []gloo.Ref{{Namespace: "n", Name: "c"}}) {
		t.Errorf("collectors %v", got)
	}
	if got := slim.ProxyNames(); !reflect.DeepEqual(got, []string{"p"}) {
		t.Errorf("proxies %v", got)
	}
	if port, ok := slim.BindPort(); !ok || port != 8080 {
		t.Errorf("port %d", port)
	}
	if slim.Annotations()["glootrace.dev/injected"] != "x" {
		t.Errorf("metadata lost: %s", slim.Raw())
	}
	for _, gone := range []string{"labels", "gzip", "useRemoteAddress", "last-applied", "managedFields", "status"} {
		if strings.Contains(string(slim.Raw()), gone) {
			t.Errorf("%s was kept: %s", gone, slim.Raw())
		}
	}
}

func TestSlips(t *testing.T) {
	for _, c := range []struct{ apiVersion, kind, meant string }{
		{"gateway.solo.io/v1", "VirtualSevice", "gateway.solo.io/v1 VirtualService"},
		{"gateway.solo.io/v1", "virtualservices", "gateway.solo.io/v1 VirtualService"},
		{"gateway.solo.io/v1", "Gatewya", "gateway.solo.io/v1 Gateway"},
		{"gateway.solo.io/v1", "Upstream", "gloo.solo.io/v1 Upstream"},
		{"gloo.solo.io/v1", "RouteTable", "gateway.solo.io/v1 RouteTable"},
		{"gateway.solo.io/v2", "VirtualService", "gateway.solo.io/v1 VirtualService"},
		{"gateway.solo.io/v2", "VirtualSevice", "gateway.solo.io/v1 VirtualService"},
		{"gateway.solo.io", "Gateway", "gateway.solo.io/v1 Gateway"},
		{"gateway.solo.io/v1/v1", "Gateway", "gateway.solo.io/v1 Gateway"},
		// What there is.
		{"gateway.solo.io/v1", "ListenerOption", ""},
		{"gateway.solo.io/v1", "MatchableTcpGateway", ""},
		{"gloo.solo.io/v1", "Settings", ""},
		{"gloo.solo.io/v1", "UpstreamGroup", ""},
		// What there may be.
		{"gloo.solo.io/v1", "UpstreamPolicy", ""},
		{"gateway.solo.io/v1alpha1", "GuardrailWebhook", ""},
		// What is somebody else's.
		{"enterprise.gloo.solo.io/v1", "AuthConfig", ""},
		{"gateway.networking.k8s.io/v1", "Gateway", ""},
		{"gateway.gloo.solo.io/v1alpha1", "GatewayParameters", ""},
		{"networking.istio.io/v1", "VirtualService", ""},
		{"v1", "Secret", ""},
		{"/", "", ""},
	} {
		meant := ""
		if slip, is := (gloo.Object{APIVersion: c.apiVersion, Kind: gloo.Kind(c.kind)}).Slip(); is {
			meant = slip.APIVersion + " " + slip.Kind
		}
		if meant != c.meant {
			t.Errorf("%s %s: meant %q, want %q", c.apiVersion, c.kind, meant, c.meant)
		}
	}
}

func TestSlimKeepsTheLabelsThatAnObjectMayBeSelectedBy(t *testing.T) {
	for _, kind := range []gloo.Kind{gloo.VirtualService, gloo.RouteTable, gloo.MatchableHTTPGateway, gloo.Namespace, gloo.Pod} {
		if slim := slimmed(t, kind, `{"metadata":{"name":"o","namespace":"n","labels":{"a":"b"}}}`); slim.Labels()["a"] != "b" {
			t.Errorf("labels of a %s are lost: %s", kind, slim.Raw())
		}
	}
}
