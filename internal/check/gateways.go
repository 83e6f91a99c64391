package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/glootrace/glootrace/internal/added"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/mutate"
	"github.com/glootrace/glootrace/validate"
)

// few names the first of many.
func few(names []string) string {
	const most = 4
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// gatewaysTrace says of each Gateway where it sends spans.
func gatewaysTrace(f *facts) verdict {
	var to, nowhere, lost []string
	for _, kind := range []gloo.Kind{gloo.Gateway, gloo.MatchableHTTPGateway} {
		for _, o := range f.of(kind) {
			for _, l := range o.Listeners() {
				if l.Shared || f.inherits(o, l) {
					continue
				}
				p, ok := l.Tracing.Provider()
				if ref, refers := p.Collector(); ok && refers && missing(f.known, ref) {
					lost = append(lost, fmt.Sprintf("%s to Upstream %s", o.Ref(), ref))
				} else if ok {
					to = append(to, o.Ref().String()+" to "+goal(p))
				} else {
					nowhere = append(nowhere, o.Ref().String())
				}
			}
		}
	}
	switch {
	case len(lost) > 0:
		return fail("to an Upstream that does not exist: %s", few(lost)).by("see upstreams-exist")
	case len(nowhere) > 0:
		return warn("without tracing: %s", few(nowhere))
	case len(to) == 0:
		return warn("there is no Gateway with an HTTP listener").by("make one: Gloo's chart does")
	}
	return ok("%s", few(to))
}

// missing tells whether an Upstream is known not to exist.
func missing(known refs.Reader, ref gloo.Ref) bool {
	_, answer := known.Upstream(ref)
	return answer == refs.Missing
}

// inherits tells whether a child without provider has its parent's.
func (f *facts) inherits(o gloo.Object, l gloo.Listener) bool {
	if _, own := l.Tracing.Provider(); own || o.Kind != gloo.MatchableHTTPGateway {
		return false
	}
	for _, parent := range f.known.Parents(o) {
		if _, shared := parent.SharedProvider(); shared {
			return true
		}
	}
	return false
}

// goal is where a provider sends spans.
func goal(p gloo.Provider) string {
	name := strings.TrimSuffix(p.Name, "Config")
	if ref, ok := p.Collector(); ok {
		return name + " " + ref.String()
	}
	return name + " cluster " + p.Cluster().Text()
}

// objectsAdmitted finds what the webhook would change: what was made while it was
// not there, and what it has added to by another Policy. Additions that somebody
// has edited stay: who takes glootrace out again has to see to them.
func objectsAdmitted(f *facts) verdict {
	var missed, due, edited []string
	for _, o := range f.objects {
		if !o.IsGloo() {
			continue
		}
		switch result := mutate.Object(o, f.policy, f.known); {
		case len(result.Patch) == 0:
		case result.OnlyUpgrades():
			due = append(due, o.String())
		default:
			missed = append(missed, o.String())
		}
		if len(added.Left(o)) > 0 {
			edited = append(edited, o.String())
		}
	}
	var reasons []string
	if len(missed) > 0 {
		reasons = append(reasons, "missed: "+few(missed))
	}
	if len(due) > 0 {
		reasons = append(reasons, "as another Policy or version has it: "+few(due))
	}
	say := ok
	if len(reasons) > 0 {
		say = warn
	}
	if len(edited) > 0 {
		reasons = append(reasons, "additions that were edited stay as they are: "+few(edited))
	}
	return say("%s", strings.Join(reasons, "; "))
}

// objectsLint says what lint would.
func objectsLint(f *facts) verdict {
	var worst *finding.Finding
	errors, warnings := 0, 0
	for _, o := range f.objects {
		if !o.IsGloo() || o.Deleting {
			continue
		}
		for _, found := range validate.Object(o, nil, f.policy, f.known) {
			switch found.Severity {
			case finding.Error:
				errors++
			case finding.Warning:
				warnings++
			default:
				continue
			}
			if worst == nil || found.Severity > worst.Severity {
				worst = &found
			}
		}
	}
	if worst == nil {
		return ok("")
	}
	reason := fmt.Sprintf("%s, %s, such as %s: %s", count(errors, "error"), count(warnings, "warning"), worst.Object, worst)
	fix := "kubectl get " + f.lintable() + " -A -o yaml | glootrace lint --complete -f - says all"
	if errors > 0 {
		return fail("%s", reason).by("%s", fix)
	}
	return warn("%s", reason).by("%s", fix)
}

// lintable are the resources that lint has to be given for a whole configuration.
func (f *facts) lintable() string {
	resources := []string{"namespaces"}
	for _, api := range gloo.APIs {
		if !slices.Contains(f.absent, api.Kind) {
			group, _, _ := strings.Cut(api.APIVersion, "/")
			resources = append(resources, api.Resource+"."+group)
		}
	}
	return strings.Join(resources, ",")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
