// Package validate finds what is wrong with the tracing configuration of an
// object. It is pure: an object, a Policy and what is known of other objects go
// in, findings come out.
package validate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

// Allow is the annotation that takes rules off one object: codes with a reason
// behind each, separated by semicolons, commas or new lines.
const Allow = "glootrace.dev/allow"

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
	return judge(o, pol, found)
}

// Deletion finds what would be wrong if the object were deleted.
func Deletion(o gloo.Object, pol policy.Policy, known refs.Reader) []finding.Finding {
	c := newCheck(o, pol, known)
	c.deletion()
	return judge(o, pol, c.Findings())
}

// judge applies the Policy and the object's own word to findings and sorts
// them: errors first, then by rule and field.
func judge(o gloo.Object, pol policy.Policy, found []finding.Finding) []finding.Finding {
	for code := range allowed(o) {
		found = slices.DeleteFunc(found, about(code))
	}
	found = pol.Judge(found)
	slices.SortStableFunc(found, func(a, b finding.Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), strings.Compare(a.Code, b.Code), strings.Compare(a.Path.String(), b.Path.String()))
	})
	return found
}

// annotations checks that the object's words to glootrace are understood.
func (c check) annotations() {
	words := c.object.Annotations()
	path := (*gloo.Path)(nil).Child("metadata", "annotations")
	if v, set := words[policy.Inject]; set {
		if _, err := strconv.ParseBool(v); err != nil {
			c.Add(finding.UnknownWord, path.Child(policy.Inject), "value", strconv.Quote(v), "fix", `"true" or "false"`)
		}
	}
	codes := allowed(c.object)
	for code := range codes {
		if len(finding.Cases(code)) > 0 {
			return
		}
	}
	if v, set := words[Allow]; set {
		c.Add(finding.UnknownWord, path.Child(Allow), "value", strconv.Quote(v), "fix", "a rule's code and the reason, such as GT303 plain text is meant")
	}
}

func about(code string) func(finding.Finding) bool {
	return func(f finding.Finding) bool { return f.Code == code }
}

// allowed are the codes of the rules that the object's annotation takes off it.
func allowed(o gloo.Object) map[string]bool {
	codes := map[string]bool{}
	for entry := range strings.FieldsFuncSeq(o.Annotations()[Allow], func(r rune) bool { return strings.ContainsRune(";,\n", r) }) {
		if words := strings.Fields(entry); len(words) > 0 {
			codes[strings.ToUpper(strings.TrimSuffix(words[0], ":"))] = true
		}
	}
	return codes
}

// check is the inspection of one object: a report and what its rules may ask.
type check struct {
	*finding.Report
	object gloo.Object
	policy policy.Policy
	known  refs.Reader
}

func newCheck(o gloo.Object, pol policy.Policy, known refs.Reader) check {
	return check{finding.NewReport(o), o, pol, known}
}

func inspect(o gloo.Object, pol policy.Policy, known refs.Reader) check {
	c := newCheck(o, pol, known)
	c.shape()
	if _, proxy := o.Proxy(); proxy || o.IsGloo() {
		c.annotations()
	}
	for _, l := range o.Listeners() {
		if l.Tracing.IsMap() {
			c.provider(l)
			c.sampling(l.Tracing)
			c.tags(l.Tracing)
		}
	}
	c.delegation()
	for _, t := range o.RouteTracings() {
		if t.IsMap() {
			c.route(t)
		}
	}
	if o.Is(gloo.Upstream) {
		c.upstream(o.AsUpstream())
	}
	if p, ok := o.Proxy(); ok {
		c.proxy(p)
	}
	return c
}
