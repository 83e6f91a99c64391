package gloo

// Kind is the kind of an object.
type Kind string

// The kinds of gateway.solo.io/v1 and gloo.solo.io/v1 that glootrace looks at.
const (
	Gateway              Kind = "Gateway"
	MatchableHTTPGateway Kind = "MatchableHttpGateway"
	HTTPListenerOption   Kind = "HttpListenerOption"
	VirtualService       Kind = "VirtualService"
	RouteTable           Kind = "RouteTable"
	RouteOption          Kind = "RouteOption"
	VirtualHostOption    Kind = "VirtualHostOption"
	Upstream             Kind = "Upstream"
)

// The kinds of Kubernetes' own that rules ask about.
const (
	Namespace Kind = "Namespace"
	Pod       Kind = "Pod"
)

// The API groups and version that Gloo's kinds live in.
const (
	gatewayAPI = "gateway.solo.io/v1"
	glooAPI    = "gloo.solo.io/v1"
)

// API is one kind's place in the Kubernetes API.
type API struct {
	Kind       Kind
	APIVersion string
	// Resource is the plural name in URLs and RBAC.
	Resource string
}

// APIs are the Gloo kinds that glootrace looks at, sorted by kind.
var APIs = []API{
	{Gateway, gatewayAPI, "gateways"},
	{HTTPListenerOption, gatewayAPI, "httplisteneroptions"},
	{MatchableHTTPGateway, gatewayAPI, "httpgateways"},
	{RouteOption, gatewayAPI, "routeoptions"},
	{RouteTable, gatewayAPI, "routetables"},
	{Upstream, glooAPI, "upstreams"},
	{VirtualHostOption, gatewayAPI, "virtualhostoptions"},
	{VirtualService, gatewayAPI, "virtualservices"},
}

// IsGloo tells whether the object is of a kind in APIs. Kubernetes' Gateway API
// has a Gateway of its own, so the kind alone does not say.
func (o Object) IsGloo() bool {
	for _, a := range APIs {
		if a.Kind == o.Kind {
			return a.APIVersion == o.APIVersion
		}
	}
	return false
}

// Is tells whether the object is of one of Gloo's kinds.
func (o Object) Is(kind Kind) bool { return o.Kind == kind && o.IsGloo() }
