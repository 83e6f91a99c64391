package mutate

import (
	"slices"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

// http2 turns on HTTP/2 for an Upstream that is somebody's collector of OTLP,
// which is spoken over gRPC only. A false that the user wrote stays.
func http2(p *patch, pol policy.Policy, known refs.Reader) {
	if !p.object.Is(gloo.Upstream) {
		return
	}
	u := p.object.AsUpstream()
	if u.HTTP2.Exists() || !slices.Contains(pol.Collectors(), u.Ref()) && len(known.UsersOf(u.Ref())) == 0 {
		return
	}
	p.add(UpstreamHTTP2, u.HTTP2.Path, true)
}
