package datapath

import (
	"fmt"

	gateway "github.com/solo-io/solo-apis/pkg/api/gateway.solo.io/v1"
	gloo "github.com/solo-io/solo-apis/pkg/api/gloo.solo.io/v1"
	"github.com/solo-io/solo-apis/pkg/api/gloo.solo.io/v1/core/matchers"
	"github.com/solo-io/solo-apis/pkg/api/gloo.solo.io/v1/options/tracing"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// virtualHosts are those of the VirtualServices, behind a listener that samples by the given percentages.
func (p *proxy) virtualHosts(listener *tracing.TracePercentages) ([]object, error) {
	hosts := []object{}
	for _, s := range p.virtualServices {
		host := s.Spec.GetVirtualHost()
		domains := host.GetDomains()
		if len(domains) == 0 {
			domains = []string{"*"}
		}
		routes := []object{}
		for i, r := range host.GetRoutes() {
			rs, err := p.routesOf(r, host, listener)
			if err != nil {
				return nil, fmt.Errorf("the VirtualService %s/%s: routes[%d]: %w", s.Namespace, s.Name, i, err)
			}
			routes = append(routes, rs...)
		}
		hosts = append(hosts, object{"name": clusterName(s.Name, s.Namespace), "domains": domains, "routes": routes})
	}
	return hosts, nil
}

// routesOf are Envoy's routes for one of Gloo's, one for each of its matchers.
func (p *proxy) routesOf(r *gateway.Route, host *gateway.VirtualHost, listener *tracing.TracePercentages) ([]object, error) {
	action, fields, err := p.actionOf(r)
	if err != nil {
		return nil, err
	}
	name, err := spanName(host.GetOptions(), r.GetOptions())
	if err != nil {
		return nil, err
	}
	own := r.GetOptions().GetTracing()
	percentages := listener
	if own != nil { // even if it says nothing of percentages
		percentages = own.GetTracePercentages()
	}
	ms := r.GetMatchers()
	if len(ms) == 0 {
		ms = []*matchers.Matcher{{PathSpecifier: &matchers.Matcher_Prefix{Prefix: "/"}}}
	}
	var routes []object
	for _, m := range ms {
		match, err := matchOf(m)
		if err != nil {
			return nil, err
		}
		route := object{"match": match, action: fields}
		if descriptor := own.GetRouteDescriptor(); descriptor != "" {
			decorator := object{"operation": descriptor}
			if own.GetPropagate() != nil {
				decorator["propagate"] = own.GetPropagate().GetValue()
			}
			route["decorator"] = decorator
			name = "" // the descriptor wins
		}
		if own != nil || name != "" {
			route["tracing"] = routeTracing(percentages, name)
		}
		routes = append(routes, route)
	}
	return routes, nil
}

// routeTracing is a route's tracing block. Envoy takes percentages that it lacks for 100.
func routeTracing(p *tracing.TracePercentages, name string) object {
	share := func(v *wrapperspb.FloatValue) object {
		return object{"numerator": uint32(percent(v) * 10000), "denominator": "MILLION"}
	}
	block := object{
		"client_sampling":  share(p.GetClientSamplePercentage()),
		"random_sampling":  share(p.GetRandomSamplePercentage()),
		"overall_sampling": share(p.GetOverallSamplePercentage()),
	}
	if name != "" {
		block["operation"] = name
	}
	return block
}

// percent is a percentage, by default all.
func percent(v *wrapperspb.FloatValue) float32 {
	if v == nil {
		return 100
	}
	return v.GetValue()
}

func matchOf(m *matchers.Matcher) (object, error) {
	if len(m.GetHeaders())+len(m.GetQueryParameters())+len(m.GetMethods()) > 0 {
		return nil, fmt.Errorf("only matchers of paths are translated here")
	}
	switch m.GetPathSpecifier().(type) {
	case *matchers.Matcher_Exact:
		return object{"path": m.GetExact()}, nil
	case *matchers.Matcher_Regex:
		return object{"safe_regex": object{"regex": m.GetRegex()}}, nil
	case *matchers.Matcher_Prefix:
		return object{"prefix": m.GetPrefix()}, nil
	default:
		return object{"prefix": "/"}, nil
	}
}

// actionOf is the field of Envoy's route that holds its action, and what is in it.
func (p *proxy) actionOf(r *gateway.Route) (field string, action object, err error) {
	switch {
	case r.GetDirectResponseAction() != nil:
		d := r.GetDirectResponseAction()
		action := object{"status": d.GetStatus()}
		if d.GetBody() != "" {
			action["body"] = object{"inline_string": d.GetBody()}
		}
		return "direct_response", action, nil
	case r.GetRedirectAction() != nil:
		return "redirect", redirect(r.GetRedirectAction()), nil
	case r.GetRouteAction().GetSingle().GetUpstream() != nil:
		u := r.GetRouteAction().GetSingle().GetUpstream()
		name := clusterName(u.GetName(), u.GetNamespace())
		if p.upstreams[name] == nil {
			return "", nil, fmt.Errorf("the Upstream %s/%s is not among the objects", u.GetNamespace(), u.GetName())
		}
		return "route", object{"cluster": name}, nil
	default:
		return "", nil, fmt.Errorf("only direct responses, redirects and single Upstreams are translated here")
	}
}

func redirect(r *gloo.RedirectAction) object {
	action := object{
		"host_redirect":  r.GetHostRedirect(),
		"https_redirect": r.GetHttpsRedirect(),
		"strip_query":    r.GetStripQuery(),
		"response_code":  r.GetResponseCode().String(),
	}
	if r.GetPathRedirect() != "" {
		action["path_redirect"] = r.GetPathRedirect()
	}
	if r.GetPrefixRewrite() != "" {
		action["prefix_rewrite"] = r.GetPrefixRewrite()
	}
	return action
}
