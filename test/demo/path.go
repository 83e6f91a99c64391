package main

import (
	"context"
	"slices"

	"github.com/glootrace/glootrace/test/datapath"
)

// path is all that a span passes through: real programs, with the configuration that they have in a cluster.
type path struct {
	envoy            *datapath.Envoy
	agent, collector *datapath.Collector
	zipkin           *datapath.Zipkin
}

// startPath starts Zipkin, the collector that the chart has, the agent that was injected, and Envoy for the admitted
// objects. Each is told where the one before it is found here.
func (s *stage) startPath(ctx context.Context) (p path, err error) {
	s.progress("starting Zipkin")
	if p.zipkin, err = datapath.StartZipkin(ctx); err != nil {
		return p, err
	}
	s.parts = append(s.parts, p.zipkin)

	s.progress("starting the collector, the agent and Envoy")
	chart, err := datapath.CollectorConfig(nil)
	if err != nil {
		return p, err
	}
	hosts := datapath.Hosts{"zipkin:9411": p.zipkin.Address}
	if p.collector, err = datapath.StartCollector(ctx, "otel-collector", chart, hosts, "POD_IP=127.0.0.1"); err != nil {
		return p, err
	}
	s.parts = append(s.parts, p.collector)

	hosts["otel-collector.gloo-system:4317"] = p.collector.GRPC
	hosts["otel-collector:4317"] = p.collector.GRPC
	if p.agent, err = datapath.StartCollector(ctx, "otel-agent", s.agent[agentConfig], hosts, environment(s.agent, hosts)...); err != nil {
		return p, err
	}
	s.parts = append(s.parts, p.agent)

	hosts["127.0.0.1:4317"] = p.agent.GRPC
	bootstrap, err := s.bootstrap(ctx, hosts)
	if err != nil {
		return p, err
	}
	if p.envoy, err = datapath.StartEnvoy(ctx, bootstrap); err != nil {
		return p, err
	}
	s.parts = append(s.parts, p.envoy)
	return p, nil
}

// environment is NAME=value with the addresses of here.
func environment(variables map[string]string, hosts datapath.Hosts) (env []string) {
	for name, value := range variables {
		if here, ok := hosts[value]; ok {
			value = here
		}
		env = append(env, name+"="+value)
	}
	return env
}

// bootstrap is Envoy's configuration for the objects as they were admitted.
func (s *stage) bootstrap(ctx context.Context, hosts datapath.Hosts) ([]byte, error) {
	admitted, err := s.allStored(ctx, append(slices.Clone(guide), agentUpstream))
	if err != nil {
		return nil, err
	}
	var documents [][]byte
	for _, o := range admitted {
		document, err := o.MarshalJSON()
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
	return datapath.Bootstrap(documents, hosts)
}
