// Package validate finds what is wrong with the tracing configuration of an
// object. It is pure: an object, a Policy and what is known of other objects go
// in, findings come out.
package validate

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

// Object finds what is wrong with an object that is created, or with an update
// if old is what it was before; findings that old had too are marked.
func Object(o gloo.Object, old *gloo.Object, pol policy.Policy, known refs.Reader) []finding.Finding {
	c := inspect(o, pol, known)
	found := c.Findings()
	if old != nil {
		before := inspect(*old, pol, known)
		finding.MarkOld(found, before.Findings())
		if lost := c.losesHTTP2(old.AsUpstream()); len(lost) > 0 {
			found = append(slices.DeleteFunc(found, about("GT106")), lost...)
		}
	}
	return c.judged(found)
}

// Deletion finds what would be wrong if the object were deleted.
func Deletion(o gloo.Object, pol policy.Policy, known refs.Reader) []finding.Finding {
	c := newCheck(o, pol, known)
	c.deletion()
	return c.judged(c.Findings())
}

func (c check) judged(found []finding.Finding) []finding.Finding {
	if c.known.GaveUp() { // and may not have told of what makes it right
		found = NotLookedAt(c.object, "it is not checked")
	}
	return Judge(c.object, c.policy, found)
}

// NotLookedAt is what is said of an object when what is known of others gave up, in
// place of all else.
func NotLookedAt(o gloo.Object, effect string) []finding.Finding {
	r := finding.NewReport(o)
	r.Add(finding.TooMuchKnown, nil, "effect", effect)
	return r.Findings()
}

// Judge applies the Policy and the object's own word to findings and sorts
// them: errors first, then by rule and field.
func Judge(o gloo.Object, pol policy.Policy, found []finding.Finding) []finding.Finding {
	if len(found) == 0 {
		return nil
	}
	off := allowed(o)
	found = slices.DeleteFunc(found, func(f finding.Finding) bool { return off[f.Code] })
	found = pol.Judge(found)
	fields := make(map[*gloo.Path]string, len(found))
	for _, f := range found {
		fields[f.Path] = f.Path.String()
	}
	slices.SortStableFunc(found, func(a, b finding.Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), strings.Compare(a.Code, b.Code), strings.Compare(fields[a.Path], fields[b.Path]))
	})
	return found
}

// check is the inspection of one object: a report and what its rules may ask.
type check struct {
	*finding.Report
	object gloo.Object
	policy policy.Policy
	known  refs.Reader
	// proxies are the namespaces of those that serve the object, which each of its listeners may ask for.
	proxies func() []string
	// uses are what there is to say of its collectors.
	uses map[use][]finding.Finding
	// made tells what of the object was added, for each of its places.
	made func() func(gloo.Value) bool
}

func newCheck(o gloo.Object, pol policy.Policy, known refs.Reader) check {
	proxies := sync.OnceValue(func() []string { return proxyNamespaces(known, o) })
	made := sync.OnceValue(func() func(gloo.Value) bool { return madeIn(o) })
	return check{finding.NewReport(o), o, pol, known, proxies, map[use][]finding.Finding{}, made}
}

func inspect(o gloo.Object, pol policy.Policy, known refs.Reader) check {
	c := newCheck(o, pol, known)
	c.kind()
	c.shape()
	c.annotations()
	c.policies()
	for _, l := range o.Listeners() {
		if l.Tracing.IsMap() {
			c.provider(l)
			c.sampling(l.Tracing)
			c.tags(l.Tracing)
		}
	}
	if o.Is(gloo.Gateway) {
		c.bindPort(o)
	}
	c.delegation()
	c.tree()
	if o.Is(gloo.Upstream) {
		c.upstream(o.AsUpstream())
	}
	if p, ok := o.Proxy(); ok {
		c.proxy(p)
	}
	c.idle(c.Findings())
	return c
}
