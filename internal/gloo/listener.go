package gloo

import (
	"fmt"
	"strings"
)

// Listener is one place of an object that configures an HTTP listener.
type Listener struct {
	// Tracing is the listener's tracing block; it may not exist.
	Tracing Tracing
	// Shared marks the settings that a hybrid Gateway hands down to each
	// MatchableHttpGateway that it selects. They are read, never written: a
	// provider here and another one on a child make Gloo's control plane panic.
	Shared bool

	gateway Value // the httpGateway around it, which selects VirtualServices
	tls     bool  // whether it serves those with an sslConfig, or those without
	matched Value // of a hybrid Gateway's, what the httpGateway is in
}

// Listeners are the HTTP listeners that the object configures, in the
// document's order of a Gateway's kinds; none for other kinds and for TCP.
func (o Object) Listeners() []Listener {
	if !o.IsGloo() {
		return nil
	}
	var ls []Listener
	add := func(gateway, matched Value, tls bool) {
		if gateway.IsMap() {
			tracing := tracingOf(gateway.Child("options", "httpConnectionManagerSettings"))
			ls = append(ls, Listener{Tracing: tracing, gateway: gateway, matched: matched, tls: tls})
		}
	}
	tls := func(m Value) bool { return m.Child("matcher", "sslConfig").Exists() }
	switch o.Kind {
	case Gateway:
		ssl, _ := o.Spec().Child("ssl").Bool()
		add(o.Spec().Child("httpGateway"), Value{}, ssl)
		for _, m := range o.Spec().Child("hybridGateway", "matchedGateways").Items() {
			add(m.Child("httpGateway"), m, tls(m))
		}
		if d := o.Delegation(); d.IsMap() {
			ls = append(ls, Listener{Tracing: tracingOf(d.Child("httpConnectionManagerSettings")), Shared: true})
		}
	case MatchableHTTPGateway:
		add(o.Spec().Child("httpGateway"), Value{}, tls(o.Spec()))
	case HTTPListenerOption:
		ls = append(ls, Listener{Tracing: tracingOf(o.Spec().Child("options", "httpConnectionManagerSettings"))})
	}
	return ls
}

func tracingOf(connectionManager Value) Tracing { return Tracing{connectionManager.Child("tracing")} }

// ProxyNames are the proxies that serve a Gateway, each once; Gloo's default is gateway-proxy.
func (o Object) ProxyNames() []string {
	var names []string
	known := map[string]bool{}
	for n := range o.Spec().Child("proxyNames").All() {
		if name := n.Text(); !known[name] {
			known[name] = true
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		names = []string{"gateway-proxy"}
	}
	return names
}

// BindPort is the port on which a Gateway's proxies listen.
func (o Object) BindPort() (int, bool) {
	n, ok := o.Spec().Child("bindPort").Number()
	return int(n), ok && n > 0
}

// TLS tells whether the listener serves VirtualServices with an sslConfig, or those without.
func (l Listener) TLS() bool { return l.tls }

// Matched says which of a hybrid Gateway's listeners this is, and for which host
// names of TLS if it is for some only; empty for a listener that has none beside it.
func (l Listener) Matched() string {
	if !l.matched.Exists() {
		return ""
	}
	which := fmt.Sprintf("matchedGateways[%d]", l.matched.Path.index)
	var names []string
	for _, n := range l.matched.Child("matcher", "sslConfig", "sniDomains").Items() {
		names = append(names, n.Text())
	}
	if len(names) > 0 {
		which += " " + strings.Join(names, ", ")
	}
	return which
}
