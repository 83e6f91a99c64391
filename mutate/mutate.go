// Package mutate adds tracing to an object: it computes what is missing and the
// patch that adds it. It is pure: an object, a Policy and what is known of
// other objects go in, a patch comes out. Nothing that a user wrote is replaced
// or removed, and a mutated object is left as it is.
package mutate

import (
	"fmt"
	"slices"
	"strconv"

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
	ListenerSettings   = "listener-settings" // beside a provider that the user chose
	SpanNameTemplate   = "span-name"
	UpstreamHTTP2      = "upstream-http2"
	AgentContainer     = "agent"
	AgentAddress       = "agent-address"
	AgentRecord        = "agent-record"
	Upgraded           = "upgrade" // of what was added before and nobody has edited
)

// Result is what mutating one object comes to.
type Result struct {
	// Patch are RFC 6902 operations on the raw document; all of them add, but for
	// those on what was added before and nobody has edited, and on the record of it.
	Patch []jsonpatch.Operation
	// Added names what the patch adds or upgrades, once for each place; not the record of it.
	Added []string
	// Notes say what was left alone although the Policy asks for it, and why.
	Notes []finding.Finding
	// Skipped says why a proxy's pod got no agent although the Policy asks for
	// it: one of a fixed list, empty if it got one or should have none.
	Skipped gloo.NoAgent
}

// OnlyUpgrades tells whether all that the patch does is to upgrade what was added
// before: the object was admitted, by another Policy or with other routes.
func (r Result) OnlyUpgrades() bool {
	return len(r.Added) > 0 && !slices.ContainsFunc(r.Added, func(what string) bool { return what != Upgraded })
}

// Applied is the object, of which the result is, with the patch applied.
func (r Result) Applied(o gloo.Object) (gloo.Object, error) {
	if len(r.Patch) == 0 {
		return o, nil
	}
	raw, err := apply(o.Raw(), r.Patch)
	if err != nil {
		return gloo.Object{}, fmt.Errorf("%s: %w", o, err)
	}
	after, err := gloo.Decode(raw)
	return after.InNamespace(o.Namespace), err
}

// Object computes what the Policy adds to an object.
func Object(o gloo.Object, pol policy.Policy, known refs.Reader) Result {
	if o.Deleting {
		return Result{}
	}
	p, skipped := additions(o, pol, known)
	if known.GaveUp() {
		return Result{Notes: validate.Judge(o, pol, validate.NotLookedAt(o, "nothing is added to it"))}
	}
	p.record()
	return Result{Patch: p.operations, Added: p.added, Notes: validate.Judge(o, pol, p.notes.Findings()), Skipped: skipped}
}

// Notes are those of Object, for who only wants to know them. No record is made of
// what would be added: to hash the spec for it takes longer than all else.
func Notes(o gloo.Object, pol policy.Policy, known refs.Reader) []finding.Finding {
	if o.Deleting {
		return nil
	}
	p, _ := additions(o, pol, known)
	p.noteUnrecorded()
	return validate.Judge(o, pol, p.notes.Findings())
}

func additions(o gloo.Object, pol policy.Policy, known refs.Reader) (*patch, gloo.NoAgent) {
	p := &patch{object: o, notes: finding.NewReport(o)}
	var skipped gloo.NoAgent
	add := func(p *patch) { skipped = addAll(p, pol, known) }
	before := p.find()
	add(p)
	noAgent := skipped
	if len(p.added) > 0 {
		p.noteWord(known)
	}
	if before != nil {
		p.upgrade(before, add)
	}
	p.noteNotByRoute()
	return p, noAgent
}

// addAll adds what the Policy wants and the object has not got. It says why a
// proxy's pod gets no agent.
func addAll(p *patch, pol policy.Policy, known refs.Reader) (skipped gloo.NoAgent) {
	o := p.object
	if proxy, ok := o.Proxy(); ok {
		return injectAgent(p, proxy, pol, known)
	}
	if !o.IsGloo() {
		return ""
	}
	annotations, namespaceLabels := o.Annotations(), known.NamespaceLabels(o.Namespace)
	if pol.Injects(annotations, namespaceLabels, o.Namespace, pol.Gateways.Inject) {
		collector(p, pol, known)
		http2(p, pol, known)
	}
	if pol.Injects(annotations, namespaceLabels, o.Namespace, pol.SpanName.Inject) {
		spanName(p, pol, known)
	}
	return ""
}

// noteWord says if the namespace's label was to decide on the object, and is misspelt.
func (p *patch) noteWord(known refs.Reader) {
	annotations := p.object.Annotations()
	if proxy, ok := p.object.Proxy(); ok {
		annotations = proxy.Annotations()
	}
	namespace := p.object.Namespace
	if word := policy.Misspelt(annotations, known.NamespaceLabels(namespace)); word != "" {
		p.notes.Add(finding.NamespaceWord, (*gloo.Path)(nil).Child("metadata", "namespace"),
			"key", policy.Inject, "namespace", namespace, "value", strconv.Quote(word))
	}
}
