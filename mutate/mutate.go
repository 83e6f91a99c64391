// Package mutate adds tracing to an object: it computes what is missing and the
// patch that adds it. It is pure: an object, a Policy and what is known of
// other objects go in, a patch comes out. Nothing that a user wrote is replaced
// or removed, and a mutated object is left as it is.
package mutate

import (
	"gomodules.xyz/jsonpatch/v2"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/validate"
)

// What a mutation adds.
const (
	CollectorReference = "collector-reference"
	SpanNameTemplate   = "span-name"
	UpstreamHTTP2      = "upstream-http2"
	AgentContainer     = "agent"
	AgentAddress       = "agent-address"
	AgentRecord        = "agent-record"
)

// Result is what mutating one object comes to.
type Result struct {
	// Patch are RFC 6902 operations on the raw document; all of them add, but for
	// one that may replace the record of what was added before.
	Patch []jsonpatch.Operation
	// Added names what the patch adds, once for each place; not the record of it.
	Added []string
	// Notes say what was left alone although the Policy asks for it, and why.
	Notes []finding.Finding
	// Skipped says why a proxy's pod got no agent although the Policy asks for
	// it: one of a fixed list, empty if it got one or should have none.
	Skipped gloo.NoAgent
}

// Object computes what the Policy adds to an object.
func Object(o gloo.Object, pol policy.Policy, known refs.Reader) Result {
	if o.Deleting {
		return Result{}
	}
	p := &patch{object: o, notes: finding.NewReport(o)}
	if proxy, ok := o.Proxy(); ok {
		skipped := injectAgent(p, proxy, pol, known)
		p.record()
		return Result{Patch: p.operations, Added: p.added, Skipped: skipped}
	}
	if !o.IsGloo() {
		return Result{}
	}
	annotations, namespaceLabels := o.Annotations(), known.NamespaceLabels(o.Namespace)
	if pol.Injects(annotations, namespaceLabels, o.Namespace, pol.Gateways.Inject) {
		collector(p, pol, known)
		http2(p, pol, known)
	}
	if pol.Injects(annotations, namespaceLabels, o.Namespace, pol.SpanName.Inject) {
		spanName(p, pol, known)
	}
	p.record()
	return Result{Patch: p.operations, Added: p.added, Notes: validate.Judge(o, pol, p.notes.Findings())}
}
