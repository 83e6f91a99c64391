package target

import (
	"cmp"
	"slices"
	"strings"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

// serving is a request that a gateway answers: to which of its ports, for which host and path.
type serving struct {
	gateway gloo.Object // whose proxies and port
	host    string      // empty: any
	path    string
}

// choose finds a request that a gateway answers and traces. A host or path that is
// wanted is taken as it is, and only decides on the gateway; so does a Gateway's name.
func choose(objects []gloo.Object, known refs.Reader, name, host, path string) (s serving, found bool) {
	var second serving // it is answered, but not traced: verify will say so
	for _, o := range ofKind(objects, gloo.Gateway, gloo.MatchableHTTPGateway) {
		for _, l := range o.Listeners() {
			gateway, ok := bound(o, l, known)
			if !ok || !named(gateway, name) {
				continue
			}
			for _, vs := range ofKind(objects, gloo.VirtualService) {
				if !l.Serves()(vs) {
					continue
				}
				s := serving{gateway: gateway, host: host, path: path}
				if s.host == "" {
					s.host = hostOf(vs.Domains())
				} else if !slices.ContainsFunc(vs.Domains(), func(d string) bool { return covers(d, host) }) {
					continue
				}
				if s.path == "" {
					if s.path, ok = pathOf(vs, known, map[gloo.Ref]bool{}); !ok {
						continue
					}
				}
				if _, traced := l.Tracing.Provider(); traced || o.Kind == gloo.MatchableHTTPGateway {
					return s, true
				}
				if !found {
					second, found = s, true
				}
			}
		}
	}
	return second, found
}

// named tells whether a Gateway is meant by NAME or NAMESPACE/NAME; all are by none.
func named(gateway gloo.Object, name string) bool {
	return name == "" || gateway.Name == name || gateway.Ref().String() == name
}

// bound is the Gateway whose port leads to a listener without TLS.
func bound(o gloo.Object, l gloo.Listener, known refs.Reader) (gloo.Object, bool) {
	if l.Shared || l.TLS() {
		return gloo.Object{}, false
	}
	if o.Kind == gloo.MatchableHTTPGateway {
		parents := known.Parents(o)
		if len(parents) == 0 {
			return gloo.Object{}, false
		}
		return parents[0], true
	}
	return o, true
}

func ofKind(objects []gloo.Object, kinds ...gloo.Kind) []gloo.Object {
	var all []gloo.Object
	for _, o := range objects {
		if slices.Contains(kinds, o.Kind) && !o.Deleting {
			all = append(all, o)
		}
	}
	slices.SortStableFunc(all, func(a, b gloo.Object) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), strings.Compare(a.Ref().String(), b.Ref().String()))
	})
	return all
}

// hostOf is a host that one of the domains covers; empty if each does.
func hostOf(domains []string) string {
	for _, d := range domains {
		switch {
		case d == "*":
			return ""
		case strings.HasPrefix(d, "*"):
			return "glootrace-verify" + d[1:]
		case strings.HasSuffix(d, "*"):
			return d[:len(d)-1] + "invalid"
		case d != "":
			return d
		}
	}
	return ""
}

// covers tells whether a domain of a virtual host takes in a host.
func covers(domain, host string) bool {
	host, _, _ = strings.Cut(host, ":")
	domain, _, _ = strings.Cut(domain, ":")
	switch {
	case domain == "*":
		return true
	case strings.HasPrefix(domain, "*"):
		return strings.HasSuffix(host, domain[1:])
	case strings.HasSuffix(domain, "*"):
		return strings.HasPrefix(host, domain[:len(domain)-1])
	}
	return strings.EqualFold(domain, host)
}

// pathOf is a path that a route of the object takes without asking for anything else.
func pathOf(o gloo.Object, known refs.Reader, seen map[gloo.Ref]bool) (string, bool) {
	for route := range o.AllOptions() {
		if route.Level != gloo.RouteLevel {
			continue
		}
		if route.Delegates(o).Exists() {
			for _, table := range known.RouteTables(o, route) {
				if seen[table.Ref()] {
					continue
				}
				seen[table.Ref()] = true
				if path, ok := pathOf(table, known, seen); ok {
					return path, true
				}
			}
			continue
		}
		if t := known.Effective(route).RouteTracing(); t.Exists() && min(t.Sampling().Client, t.Sampling().Overall) <= 0 {
			continue // leaves no spans, as somebody wants it
		}
		for _, m := range gloo.RouteMatchers(route.Holder) {
			by, path := m.ByPath()
			if (by == "prefix" || by == "exact") && !m.MoreThanPath() && strings.HasPrefix(path, "/") {
				return path, true
			}
		}
	}
	return "", false
}
