package datapath

import (
	"encoding/json"
	"fmt"
	"net"
	"strconv"

	gateway "github.com/solo-io/solo-apis/pkg/api/gateway.solo.io/v1"
	gloo "github.com/solo-io/solo-apis/pkg/api/gloo.solo.io/v1"
	"github.com/solo-io/solo-apis/pkg/api/gloo.solo.io/v1/options/tracing"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// Bootstrap is the Envoy bootstrap, as JSON, that serves one Gateway with its VirtualServices and Upstreams, each given
// as JSON or YAML, in any order. Hosts say where static Upstreams are found. It fails on what it does not know to
// translate but what the tests are not about: such fields it does not look at.
func Bootstrap(objects [][]byte, hosts Hosts) ([]byte, error) {
	p := proxy{upstreams: map[string]*gloo.Upstream{}, hosts: hosts}
	for _, data := range objects {
		if err := p.add(data); err != nil {
			return nil, err
		}
	}
	if p.gateway == nil {
		return nil, fmt.Errorf("no Gateway among %d objects", len(objects))
	}
	bootstrap, err := p.bootstrap()
	if err != nil {
		return nil, err
	}
	return json.Marshal(bootstrap)
}

// proxy is what one Envoy is made from.
type proxy struct {
	gateway         *gateway.Gateway
	virtualServices []*gateway.VirtualService
	upstreams       map[string]*gloo.Upstream // by the name of their cluster in Envoy
	hosts           Hosts
}

// add takes one object in Gloo's own types.
func (p *proxy) add(data []byte) error {
	var t metav1.TypeMeta
	if err := yaml.Unmarshal(data, &t); err != nil {
		return fmt.Errorf("object: %w", err)
	}
	var err error
	switch t.APIVersion + " " + t.Kind {
	case "gateway.solo.io/v1 Gateway":
		if p.gateway != nil {
			return fmt.Errorf("two Gateways, this is about one")
		}
		p.gateway = new(gateway.Gateway)
		err = yaml.Unmarshal(data, p.gateway)
	case "gateway.solo.io/v1 VirtualService":
		v := new(gateway.VirtualService)
		err = yaml.Unmarshal(data, v)
		p.virtualServices = append(p.virtualServices, v)
	case "gloo.solo.io/v1 Upstream":
		u := new(gloo.Upstream)
		err = yaml.Unmarshal(data, u)
		p.upstreams[clusterName(u.Name, u.Namespace)] = u
	default:
		err = fmt.Errorf("not a Gateway, a VirtualService or an Upstream")
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", t.APIVersion, t.Kind, err)
	}
	return nil
}

// clusterName is the name that Gloo gives to an Upstream's cluster in Envoy.
func clusterName(name, namespace string) string { return name + "_" + namespace }

func (p *proxy) bootstrap() (object, error) {
	clusters := []object{}
	for name, u := range p.upstreams {
		c, err := cluster(name, u, p.hosts)
		if err != nil {
			return nil, err
		}
		clusters = append(clusters, c)
	}
	listener, err := p.listener()
	if err != nil {
		return nil, err
	}
	return object{
		"node":  object{"id": p.gateway.Name, "cluster": p.gateway.Namespace},
		"admin": object{"address": socket("127.0.0.1", 0)},
		// Envoy keeps a few spans for up to five seconds: shorter, so that a test of one request need not wait.
		"layered_runtime": object{"layers": []object{{
			"name": "static", "static_layer": object{"tracing.opentelemetry.flush_interval_ms": 500},
		}}},
		"static_resources": object{"listeners": []object{listener}, "clusters": clusters},
	}, nil
}

// cluster is a static Upstream.
func cluster(name string, u *gloo.Upstream, hosts Hosts) (object, error) {
	if u.Spec.GetStatic() == nil {
		return nil, fmt.Errorf("the Upstream %s/%s: only static ones can be had without a cluster", u.Namespace, u.Name)
	}
	var endpoints []object
	for _, h := range u.Spec.GetStatic().GetHosts() {
		host, service, err := net.SplitHostPort(hosts.resolve(net.JoinHostPort(h.GetAddr(), strconv.Itoa(int(h.GetPort())))))
		if err != nil {
			return nil, fmt.Errorf("the Upstream %s/%s: %w", u.Namespace, u.Name, err)
		}
		port, err := strconv.Atoi(service)
		if err != nil {
			return nil, fmt.Errorf("the Upstream %s/%s: %w", u.Namespace, u.Name, err)
		}
		endpoints = append(endpoints, object{"endpoint": object{"address": socket(host, port)}})
	}
	c := object{
		"name":            name,
		"type":            "STRICT_DNS",
		"connect_timeout": "5s",
		"load_assignment": object{"cluster_name": name, "endpoints": []object{{"lb_endpoints": endpoints}}},
	}
	if u.Spec.GetUseHttp2().GetValue() {
		const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
		c["typed_extension_protocol_options"] = object{options: typed(options, object{
			"explicit_http_config": object{"http2_protocol_options": object{}},
		})}
	}
	return c, nil
}

func (p *proxy) listener() (object, error) {
	http := p.gateway.Spec.GetHttpGateway()
	if http == nil {
		return nil, fmt.Errorf("the Gateway %s: only httpGateway is translated here", p.gateway.Name)
	}
	settings := http.GetOptions().GetHttpConnectionManagerSettings().GetTracing()
	hosts, err := p.virtualHosts(settings.GetTracePercentages())
	if err != nil {
		return nil, err
	}
	manager := object{
		"stat_prefix":        "http",
		"use_remote_address": true, // Gloo's default
		"route_config":       object{"name": "routes", "virtual_hosts": hosts},
		"http_filters": []object{{
			"name":         "envoy.filters.http.router",
			"typed_config": typed("envoy.extensions.filters.http.router.v3.Router", object{}),
		}},
	}
	if tracing, err := p.tracing(settings); err != nil {
		return nil, err
	} else if tracing != nil {
		manager["tracing"] = tracing
	}
	const name = "envoy.filters.network.http_connection_manager"
	return object{
		"name":    "listener",
		"address": socket("127.0.0.1", 0),
		"filter_chains": []object{{"filters": []object{{
			"name":         name,
			"typed_config": typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", manager),
		}}}},
	}, nil
}

// tracing is the connection manager's tracing block, nil where Gloo traces nothing.
func (p *proxy) tracing(settings *tracing.ListenerTracingSettings) (object, error) {
	if settings == nil {
		return nil, nil
	}
	percentages := settings.GetTracePercentages()
	block := object{
		"client_sampling":     object{"value": percent(percentages.GetClientSamplePercentage())},
		"random_sampling":     object{"value": percent(percentages.GetRandomSamplePercentage())},
		"overall_sampling":    object{"value": percent(percentages.GetOverallSamplePercentage())},
		"verbose":             settings.GetVerbose().GetValue(),
		"spawn_upstream_span": settings.GetSpawnUpstreamSpan(),
	}
	if settings.GetProviderConfig() == nil {
		return block, nil
	}
	otel := settings.GetOpenTelemetryConfig()
	if otel == nil {
		return nil, fmt.Errorf("the Gateway %s: only the OpenTelemetry provider is translated here", p.gateway.Name)
	}
	name := otel.GetClusterName()
	if ref := otel.GetCollectorUpstreamRef(); ref != nil {
		name = clusterName(ref.GetName(), ref.GetNamespace())
		if p.upstreams[name] == nil {
			return nil, nil // Gloo warns, and serves the listener without tracing
		}
	}
	if name == "" {
		return nil, fmt.Errorf("the Gateway %s: Gloo refuses openTelemetryConfig without a collector", p.gateway.Name)
	}
	service := otel.GetServiceName()
	if service == "" {
		service = p.gateway.Name
	}
	block["provider"] = object{
		"name": "envoy.tracers.opentelemetry",
		"typed_config": typed("envoy.config.trace.v3.OpenTelemetryConfig", object{
			"grpc_service": object{"envoy_grpc": object{"cluster_name": name}},
			"service_name": service,
		}),
	}
	return block, nil
}

func socket(host string, port int) object {
	return object{"socket_address": object{"address": host, "port_value": port}}
}

func typed(message string, fields object) object {
	fields["@type"] = "type.googleapis.com/" + message
	return fields
}
