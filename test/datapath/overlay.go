package datapath

import (
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/test/port"
)

// object is a JSON object in the making.
type object = map[string]any

// settings is what of a collector's configuration depends on where it runs.
type settings struct {
	Receivers map[string]struct {
		Protocols map[string]any
	}
	Extensions map[string]struct{ Endpoint string }
	Exporters  map[string]object
	Service    struct {
		Telemetry struct {
			Metrics struct{ Readers []any }
		}
	}
}

// overlay is what has to be laid over a configuration so that it runs on loopback: it finds a port for whatever the
// configuration listens on, and keeps it in c, and replaces the endpoints of exporters that hosts know.
func (c *Collector) overlay(config string, hosts Hosts) (string, error) {
	var s settings
	if err := yaml.Unmarshal([]byte(config), &s); err != nil {
		return "", err
	}
	over := object{}
	for name, receiver := range s.Receivers {
		for protocol := range receiver.Protocols {
			address, known := map[string]*string{"grpc": &c.GRPC, "http": &c.HTTP}[protocol]
			if !known {
				return "", fmt.Errorf("receiver %s has a protocol %s, which is not OTLP's", name, protocol)
			}
			if err := listen(address); err != nil {
				return "", err
			}
			set(over, *address, "receivers", name, "protocols", protocol, "endpoint")
		}
	}
	for name, extension := range s.Extensions {
		if extension.Endpoint == "" {
			continue
		}
		if err := listen(&c.Health); err != nil {
			return "", err
		}
		set(over, c.Health, "extensions", name, "endpoint")
	}
	for name, exporter := range s.Exporters {
		for key, value := range exporter {
			if endpoint, ok := value.(string); ok && hosts.resolve(endpoint) != endpoint {
				set(over, hosts.resolve(endpoint), "exporters", name, key)
			}
		}
	}
	if len(s.Service.Telemetry.Metrics.Readers) > 0 {
		if err := listen(&c.Metrics); err != nil {
			return "", err
		}
		port, err := portOf(c.Metrics)
		if err != nil {
			return "", err
		}
		set(over, []any{object{"pull": object{"exporter": object{"prometheus": object{"host": "127.0.0.1", "port": port}}}}},
			"service", "telemetry", "metrics", "readers")
	}
	data, err := json.Marshal(over)
	return string(data), err
}

// listen sets an address to one that is free.
func listen(address *string) error {
	free, err := port.Free("127.0.0.1", 1)
	if err == nil {
		*address = free[0]
	}
	return err
}

// set sets a field at a path, and makes the objects on the way to it.
func set(o object, value any, path ...string) {
	for _, name := range path[:len(path)-1] {
		child, ok := o[name].(object)
		if !ok {
			child = object{}
			o[name] = child
		}
		o = child
	}
	o[path[len(path)-1]] = value
}
