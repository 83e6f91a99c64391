package verify

import (
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// configDump is as much of Envoy's /config_dump as tells about tracing. Each of
// its parts has its own message; fields of the others stay empty.
type configDump struct {
	Configs []struct {
		Bootstrap struct {
			Node struct {
				ID string `json:"id"`
			} `json:"node"`
		} `json:"bootstrap"`
		StaticListeners []struct {
			Listener listenerConfig `json:"listener"`
		} `json:"static_listeners"`
		DynamicListeners []struct {
			Name        string `json:"name"`
			ActiveState struct {
				Listener listenerConfig `json:"listener"`
			} `json:"active_state"`
			ErrorState struct {
				Details string `json:"details"`
			} `json:"error_state"`
		} `json:"dynamic_listeners"`
		StaticClusters  []clusterEntry `json:"static_clusters"`
		DynamicClusters []clusterEntry `json:"dynamic_active_clusters"`
	} `json:"configs"`
}

type listenerConfig struct {
	Name         string        `json:"name"`
	FilterChains []filterChain `json:"filter_chains"`
	DefaultChain filterChain   `json:"default_filter_chain"`
}

type filterChain struct {
	Filters []struct {
		Config struct {
			Type    string `json:"@type"`
			Tracing struct {
				Provider struct {
					Name   string `json:"name"`
					Config struct {
						GRPC struct {
							Envoy struct {
								Cluster string `json:"cluster_name"`
							} `json:"envoy_grpc"`
						} `json:"grpc_service"`
					} `json:"typed_config"`
				} `json:"provider"`
			} `json:"tracing"`
		} `json:"typed_config"`
	} `json:"filters"`
}

type clusterEntry struct {
	Cluster struct {
		Name       string           `json:"name"`
		HTTP2      *json.RawMessage `json:"http2_protocol_options"` // deprecated, and still accepted
		Extensions struct {
			HTTP struct {
				Explicit struct {
					HTTP2 *json.RawMessage `json:"http2_protocol_options"`
				} `json:"explicit_http_config"`
				Downstream struct {
					HTTP2 *json.RawMessage `json:"http2_protocol_options"`
				} `json:"use_downstream_protocol_config"`
				Auto *json.RawMessage `json:"auto_config"`
			} `json:"envoy.extensions.upstreams.http.v3.HttpProtocolOptions"`
		} `json:"typed_extension_protocol_options"`
		Endpoints struct {
			Localities []struct {
				Endpoints []struct {
					Endpoint struct {
						Address struct {
							Socket struct {
								Address string `json:"address"`
								Port    int    `json:"port_value"`
							} `json:"socket_address"`
						} `json:"address"`
					} `json:"endpoint"`
				} `json:"lb_endpoints"`
			} `json:"endpoints"`
		} `json:"load_assignment"`
	} `json:"cluster"`
}

func parseConfigDump(body []byte) (d configDump, err error) {
	if err := json.Unmarshal(body, &d); err != nil {
		return d, fmt.Errorf("/config_dump: %w", err)
	}
	if len(d.Configs) == 0 {
		return d, fmt.Errorf("/config_dump: no configuration in it; is this Envoy's admin interface?")
	}
	return d, nil
}

// openTelemetry is the name that Gloo gives to the provider.
const openTelemetry = "envoy.tracers.opentelemetry"

// envoy is what the configuration says, without counters.
func (d configDump) envoy() *Envoy {
	e := &Envoy{Clusters: map[string]Cluster{}}
	has := map[string]Cluster{}
	for _, c := range d.Configs {
		if c.Bootstrap.Node.ID != "" {
			e.Node = c.Bootstrap.Node.ID
		}
		for _, l := range c.StaticListeners {
			e.Listeners = append(e.Listeners, l.Listener.listeners()...)
		}
		for _, l := range c.DynamicListeners {
			e.Listeners = append(e.Listeners, l.ActiveState.Listener.listeners()...)
			if l.ErrorState.Details != "" {
				e.Refused = append(e.Refused, l.Name+": "+l.ErrorState.Details)
			}
		}
		for _, c := range slices.Concat(c.StaticClusters, c.DynamicClusters) {
			has[c.Cluster.Name] = c.cluster()
		}
	}
	for _, l := range e.Listeners {
		if l.Cluster != "" {
			c, ok := has[l.Cluster]
			c.Missing = !ok
			e.Clusters[l.Cluster] = c
		}
	}
	return e
}

// listeners are the listener's HTTP connection managers that differ.
func (l listenerConfig) listeners() (found []Listener) {
	for _, chain := range append(l.FilterChains, l.DefaultChain) {
		for _, f := range chain.Filters {
			if !strings.HasSuffix(f.Config.Type, ".HttpConnectionManager") {
				continue
			}
			p := f.Config.Tracing.Provider
			seen := Listener{Name: l.Name, Provider: p.Name}
			if p.Name == openTelemetry {
				seen.Cluster = p.Config.GRPC.Envoy.Cluster
			}
			if !slices.Contains(found, seen) {
				found = append(found, seen)
			}
		}
	}
	return found
}

func (e clusterEntry) cluster() (c Cluster) {
	http := e.Cluster.Extensions.HTTP
	for _, option := range []*json.RawMessage{e.Cluster.HTTP2, http.Explicit.HTTP2, http.Downstream.HTTP2, http.Auto} {
		c.HTTP2 = c.HTTP2 || option != nil
	}
	for _, locality := range e.Cluster.Endpoints.Localities {
		for _, e := range locality.Endpoints {
			a := e.Endpoint.Address.Socket
			c.Endpoints = append(c.Endpoints, net.JoinHostPort(a.Address, strconv.Itoa(a.Port)))
		}
	}
	return c
}
