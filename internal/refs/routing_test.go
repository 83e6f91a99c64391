package refs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

func object(kind, name, spec string) string {
	return fmt.Sprintf(`{"apiVersion":"gateway.solo.io/v1","kind":%q,"metadata":{"name":%q,"namespace":"n","labels":{"is":%q}},"spec":%s}`, kind, name, name, spec)
}

// delegating is a list of routes, each of which delegates as given.
func delegating(actions ...string) string {
	var routes []string
	for _, a := range actions {
		routes = append(routes, `{"delegateAction":`+a+`}`)
	}
	return `[` + strings.Join(routes, ",") + `]`
}

const byName, bySelector = `{"ref":{"name":"%s","namespace":"n"}}`, `{"selector":{"labels":{"is":"%s"}}}`

func TestRouteTablesAreFoundFromBothEnds(t *testing.T) {
	list := objects(t,
		object("VirtualService", "a", `{"virtualHost":{"routes":`+delegating(fmt.Sprintf(byName, "top"))+`}}`),
		object("VirtualService", "b", `{"virtualHost":{"routes":`+delegating(fmt.Sprintf(bySelector, "leaf"), fmt.Sprintf(byName, "leaf"))+`}}`),
		object("VirtualService", "other", `{"virtualHost":{"routes":`+delegating(fmt.Sprintf(bySelector, "none"))+`}}`),
		object("RouteTable", "top", `{"routes":`+delegating(fmt.Sprintf(bySelector, "leaf"), fmt.Sprintf(byName, "missing"))+`}`),
		object("RouteTable", "leaf", `{"routes":`+delegating(fmt.Sprintf(byName, "top"))+`}`), // round in a circle
	)
	known := refs.FromObjects(list, true)
	top, leaf := list[3], list[4]

	var delegators []string
	for _, d := range known.Delegators(leaf) {
		delegators = append(delegators, fmt.Sprint(d.Object, " ", d.Options.Holder.Path))
	}
	want := []string{"VirtualService n/b spec.virtualHost.routes[0]", "VirtualService n/b spec.virtualHost.routes[1]", "RouteTable n/top spec.routes[0]"}
	if !slices.Equal(delegators, want) {
		t.Errorf("delegators %q, want %q", delegators, want)
	}
	if got := gloo.Names(known.VirtualServices(leaf)); got != "VirtualService n/a, VirtualService n/b" {
		t.Errorf("the roots of leaf are %s", got)
	}
	if got := gloo.Names(known.VirtualServices(list[2])); got != "VirtualService n/other" {
		t.Errorf("the roots of a VirtualService are %s", got)
	}
	for i, want := range []string{"RouteTable n/leaf", ""} {
		if got := gloo.Names(known.RouteTables(top, slices.Collect(top.AllOptions())[i])); got != want {
			t.Errorf("route %d delegates to %q, want %q", i, got, want)
		}
	}
}

func TestServingListenersAreThoseThatAreReached(t *testing.T) {
	vs := object("VirtualService", "vs", `{}`)
	list := objects(t, vs,
		object("Gateway", "plain", `{"httpGateway":{}}`),
		object("Gateway", "names", `{"httpGateway":{"virtualServices":[{"name":"other","namespace":"n"},{"name":"vs","namespace":"n"}]}}`),
		object("Gateway", "other", `{"httpGateway":{"virtualServices":[{"name":"other","namespace":"n"}]}}`),
		object("Gateway", "labels", `{"httpGateway":{"virtualServiceSelector":{"is":"vs"},"virtualServices":[{"name":"other","namespace":"n"}]}}`),
		object("Gateway", "both", `{"hybridGateway":{"matchedGateways":[{"httpGateway":{"virtualServices":[{"name":"vs","namespace":"n"}]}},{"httpGateway":{}}]}}`),
		object("Gateway", "tls", `{"ssl":true,"httpGateway":{}}`),
		object("Gateway", "parent", `{"hybridGateway":{"delegatedHttpGateways":{"ref":{"name":"child","namespace":"n"}}}}`),
		object("MatchableHttpGateway", "child", `{"httpGateway":{}}`),
		object("MatchableHttpGateway", "nobodys", `{"httpGateway":{}}`),
	)
	var got []string
	for s := range refs.FromObjects(list, true).Serving(list[0], list[0]) {
		got = append(got, s.Object.Name)
	}
	if want := []string{"both", "names", "both", "plain", "child", "labels", "both", "names"}; !slices.Equal(got, want) {
		t.Errorf("served by %q, want %q", got, want)
	}
}

func TestUsersOfAnOptionObjectReferToItByItsKind(t *testing.T) {
	const refers = `"optionsConfigRefs":{"delegateOptions":[{"name":"o","namespace":"n"}]}`
	list := objects(t,
		object("VirtualService", "host", `{"virtualHost":{`+refers+`}}`),
		object("VirtualService", "route", `{"virtualHost":{"routes":[{},{`+refers+`}]}}`),
		object("RouteTable", "table", `{"routes":[{`+refers+`}]}`),
		object("RouteOption", "o", `{}`), object("VirtualHostOption", "o", `{}`),
	)
	known := refs.FromObjects(list, true)
	for i, want := range map[int][]string{3: {"route spec.virtualHost.routes[1]", "table spec.routes[0]"}, 4: {"host spec.virtualHost"}} {
		var got []string
		for _, u := range known.Users(list[i]) {
			got = append(got, fmt.Sprint(u.Object.Name, " ", u.Options.Holder.Path))
		}
		if !slices.Equal(got, want) {
			t.Errorf("users of %s: %q, want %q", list[i], got, want)
		}
	}
	ref := slices.Collect(slices.Collect(list[0].AllOptions())[0].OptionObjects())[0]
	if o, answer := known.Option(ref); answer != refs.Found || o.Kind != gloo.VirtualHostOption {
		t.Errorf("%s %v", o, answer)
	}
}
