// Package datapath runs what a span passes through on its way, as plain processes on loopback: Envoy, the otel-agent
// and the collector (both OpenTelemetry Collectors), and Zipkin. Tests and demo share it.
//
// Bootstrap is a stand-in for Gloo's control plane, which can not be had without a cluster: it turns the objects that
// the webhook admitted into the configuration that Gloo would hand to Envoy, as far as tracing goes, and says so where
// it can not. It is used in tests and in the demo. On a cluster with Gloo it is not used.
package datapath
