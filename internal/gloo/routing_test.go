package gloo_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
)

func TestARouteDelegatesToRouteTables(t *testing.T) {
	table := decode(t, `{"apiVersion":"gateway.solo.io/v1","kind":"RouteTable","metadata":{"name":"t","namespace":"n","labels":{"team":"pets"}},"spec":{}}`)
	elsewhere := decode(t, `{"apiVersion":"gateway.solo.io/v1","kind":"RouteTable","metadata":{"name":"t","namespace":"m","labels":{"team":"pets"}},"spec":{}}`)
	for _, c := range []struct {
		action string
		table  gloo.Object
		want   bool
	}{
		{`{"ref":{"name":"t","namespace":"n"}}`, table, true},
		{`{"ref":{"name":"t","namespace":"n"}}`, elsewhere, false},
		{`{"name":"t","namespace":"m","ref":{"name":"t","namespace":"n"}}`, elsewhere, true},
		{`{"name":"t","namespace":"m","ref":{"name":"t","namespace":"n"}}`, table, false},
		{`{"selector":{"labels":{"team":"pets"}}}`, table, true},
		{`{"selector":{"labels":{"team":"pets"}}}`, elsewhere, false}, // its owner's namespace only
		{`{"selector":{"namespaces":["*"]}}`, elsewhere, true},
		{`{"selector":{"namespaces":["m"],"labels":{"team":"shops"}}}`, elsewhere, false},
		{`{"selector":{"expressions":[{"key":"team","operator":"In","values":["pets"]}]}}`, table, true},
		{`{}`, table, false},
	} {
		owner := decode(t, fmt.Sprintf(virtualService, `{"routes":[{"delegateAction":`+c.action+`}]}`))
		if got := slices.Collect(owner.AllOptions())[1].Delegates(owner).Selects()(c.table); got != c.want {
			t.Errorf("%s selects %s: %v, want %v", c.action, c.table.Ref(), got, c.want)
		}
	}
}

func TestAListenerServesVirtualServices(t *testing.T) {
	service := func(spec string) gloo.Object {
		return decode(t, `{"apiVersion":"gateway.solo.io/v1","kind":"VirtualService","metadata":{"name":"vs","namespace":"n","labels":{"team":"pets"}},"spec":`+spec+`}`)
	}
	plain, tls := service(`{}`), service(`{"sslConfig":{}}`)
	for _, c := range []struct {
		spec string
		vs   gloo.Object
		want bool
	}{
		{`{"httpGateway":{}}`, plain, true},
		{`{"httpGateway":{}}`, tls, false},
		{`{"ssl":true,"httpGateway":{}}`, tls, true},
		{`{"ssl":true,"httpGateway":{}}`, plain, false},
		{`{"httpGateway":{"virtualServices":[{"name":"vs","namespace":"n"}]}}`, plain, true},
		{`{"httpGateway":{"virtualServices":[{"name":"other","namespace":"n"}]}}`, plain, false},
		{`{"httpGateway":{"virtualServiceNamespaces":["m"]}}`, plain, false},
		{`{"httpGateway":{"virtualServiceNamespaces":["*"]}}`, plain, true},
		{`{"httpGateway":{"virtualServiceSelector":{"team":"pets"}}}`, plain, true},
		{`{"httpGateway":{"virtualServiceSelector":{"team":"shops"}}}`, plain, false},
		{`{"httpGateway":{"virtualServiceSelector":{"team":"pets"},"virtualServiceNamespaces":["m"]}}`, plain, false},
		{`{"httpGateway":{"virtualServiceSelector":{"team":"shops"},"virtualServiceExpressions":{"expressions":[{"key":"team","operator":"Exists"}]}}}`, plain, true},
		{`{"hybridGateway":{"matchedGateways":[{"httpGateway":{}}]}}`, plain, true},
		{`{"hybridGateway":{"matchedGateways":[{"matcher":{"sslConfig":{}},"httpGateway":{}}]}}`, plain, false},
		{`{"hybridGateway":{"delegatedHttpGateways":{"httpConnectionManagerSettings":{}}}}`, plain, false},
	} {
		gateway := decode(t, `{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{"name":"g","namespace":"n"},"spec":`+c.spec+`}`)
		if got := gateway.Listeners()[0].Serves()(c.vs); got != c.want {
			t.Errorf("%s serves %s: %v, want %v", c.spec, c.vs.Spec().Raw(), got, c.want)
		}
	}
}
