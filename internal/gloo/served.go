package gloo

import (
	"slices"
	"strings"
)

// served are the kinds of the groups that glootrace looks at, all of them in version v1 (Gloo's CRDs, May 2026), with
// those that Gloo keeps elsewhere than in the API server.
var served = map[string][]string{
	"gateway.solo.io": {
		"Gateway", "HttpListenerOption", "ListenerOption", "MatchableHttpGateway", "MatchableTcpGateway", "RouteOption",
		"RouteTable", "VirtualHostOption", "VirtualService",
	},
	"gloo.solo.io": {"Artifact", "Endpoint", "Proxy", "Secret", "Settings", "Upstream", "UpstreamGroup"},
}

// Slip is what an object of Gloo's groups was surely meant to be.
type Slip struct {
	// Group is the group that the object names.
	Group string
	// Kind and APIVersion are what was meant.
	Kind, APIVersion string
}

// Slip tells whether the object is in one of Gloo's groups, Gloo does not serve it there, and it is plain what was
// meant. Other kinds may be those of a Gloo to come.
func (o Object) Slip() (Slip, bool) {
	group, version, _ := strings.Cut(o.APIVersion, "/")
	kinds, is := served[group]
	kind := string(o.Kind)
	if !is || slices.Contains(kinds, kind) && version == "v1" {
		return Slip{}, false
	}
	if slices.Contains(kinds, kind) {
		return Slip{group, kind, group + "/v1"}, true
	}
	for other, kinds := range served {
		if slices.Contains(kinds, kind) {
			return Slip{group, kind, other + "/v1"}, true
		}
	}
	if meant := Nearest(kind, kinds); meant != "" && within(max(2, len(meant)/4), kind, meant) {
		return Slip{group, meant, group + "/v1"}, true
	}
	return Slip{}, false
}
