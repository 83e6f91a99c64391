package gloo

import (
	"net/netip"
	"strings"
)

// UpstreamSpec is what an Upstream says about how it is reached.
type UpstreamSpec struct {
	Object
	// HTTP2 is spec.useHttp2: without it Envoy speaks HTTP/1.1 to the Upstream.
	HTTP2 Value
}

// AsUpstream views an Upstream.
func (o Object) AsUpstream() UpstreamSpec {
	return UpstreamSpec{Object: o, HTTP2: o.Spec().Child("useHttp2")}
}

// SpeaksHTTP2 tells whether Envoy speaks HTTP/2 to the Upstream.
func (u UpstreamSpec) SpeaksHTTP2() bool {
	on, _ := u.HTTP2.Bool()
	return on
}

// RefusesHTTP2 tells whether the Upstream turns HTTP/2 off explicitly.
func (u UpstreamSpec) RefusesHTTP2() bool {
	on, ok := u.HTTP2.Bool()
	return ok && !on
}

// IsKubernetes tells whether the Upstream stands for a Kubernetes Service.
func (u UpstreamSpec) IsKubernetes() bool { return u.Spec().Child("kube").Exists() }

// Ports are the values in the Upstream that say to which port it goes.
func (u UpstreamSpec) Ports() []Value {
	var ports []Value
	if p := u.Spec().Child("kube", "servicePort"); p.Exists() {
		ports = append(ports, p)
	}
	for _, h := range u.Spec().Child("static", "hosts").Items() {
		if p := h.Child("port"); p.Exists() {
			ports = append(ports, p)
		}
	}
	return ports
}

// ShortHosts are the addresses of a static Upstream without a dot, which resolve
// in the namespace of the pod that asks: "otel-collector", not "localhost".
func (u UpstreamSpec) ShortHosts() []Value {
	var short []Value
	for _, h := range u.Spec().Child("static", "hosts").Items() {
		addr := h.Child("addr").Text()
		if _, err := netip.ParseAddr(addr); err == nil || addr == "" || addr == "localhost" {
			continue
		}
		if !strings.Contains(addr, ".") {
			short = append(short, h.Child("addr"))
		}
	}
	return short
}

// LoopbackPorts are the ports of static hosts that stay in the pod of the proxy
// which asks.
func (u UpstreamSpec) LoopbackPorts() []Value {
	var ports []Value
	for _, h := range u.Spec().Child("static", "hosts").Items() {
		if isLoopback(h.Child("addr").Text()) {
			ports = append(ports, h.Child("port"))
		}
	}
	return ports
}

// OnLoopback tells whether the Upstream leads nowhere but into the proxy's own pod.
func (u UpstreamSpec) OnLoopback() bool {
	addresses := u.Addresses()
	return len(addresses) > 0 && len(u.LoopbackPorts()) == len(addresses)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Address is a host and a port that an Upstream leads to.
type Address struct {
	Host string
	Port int
}

// Addresses are where the Upstream leads: the Service that it stands for, by its
// full name, or its static hosts; none for an Upstream of another type.
func (u UpstreamSpec) Addresses() []Address {
	port := func(v Value) int { n, _ := v.Number(); return int(n) }
	if kube := u.Spec().Child("kube"); kube.Exists() {
		host := kube.Child("serviceName").Text() + "." + kube.Child("serviceNamespace").Text() + ".svc"
		return []Address{{host, port(kube.Child("servicePort"))}}
	}
	var all []Address
	for _, h := range u.Spec().Child("static", "hosts").Items() {
		all = append(all, Address{h.Child("addr").Text(), port(h.Child("port"))})
	}
	return all
}
