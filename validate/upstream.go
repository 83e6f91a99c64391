package validate

import (
	"slices"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// upstream checks an Upstream that is somebody's collector of OTLP: one that a
// tracing block uses, or that the Policy names.
func (c check) upstream(u gloo.UpstreamSpec) {
	users := c.known.UsersOf(u.Ref())
	if len(users) == 0 && !slices.Contains(c.policy.Collectors(), u.Ref()) {
		return
	}
	c.http2(u.HTTP2.Path, u)
	at := func(v gloo.Value) *gloo.Path { return v.Path }
	c.port(at, u)
	c.shortHost(at, u, proxyNamespaces(c.known, users...))
}

// losesHTTP2 reports an update that takes HTTP/2 from an Upstream in use as collector.
func (c check) losesHTTP2(old gloo.UpstreamSpec) []finding.Finding {
	u := c.object.AsUpstream()
	users := c.known.UsersOf(u.Ref())
	if !u.Is(gloo.Upstream) || !old.SpeaksHTTP2() || u.SpeaksHTTP2() || len(users) == 0 {
		return nil
	}
	r := finding.NewReport(c.object)
	r.Add(finding.CollectorLosesHTTP2, u.HTTP2.Path, "users", gloo.Names(users))
	return r.Findings()
}

// deletion reports the deletion of an Upstream in use as collector. A namespace
// that is going away takes its Upstreams along: nothing may hold it up.
func (c check) deletion() {
	if !c.object.Is(gloo.Upstream) {
		return
	}
	users := c.known.AllUsersOf(c.object.Ref())
	if len(users) == 0 || c.known.Terminating(c.object.Namespace) {
		return
	}
	c.Add(finding.CollectorDeleted, nil, "users", gloo.Names(users), "effect", "without it "+c.withoutCollector())
}
