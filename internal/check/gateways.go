package check

import (
	"fmt"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
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
	var to, nowhere []string
	for _, kind := range []gloo.Kind{gloo.Gateway, gloo.MatchableHTTPGateway} {
		for _, o := range f.of(kind) {
			for _, l := range o.Listeners() {
				if l.Shared || f.inherits(o, l) {
					continue
				}
				if p, ok := l.Tracing.Provider(); ok {
					to = append(to, o.Ref().String()+" to "+target(p))
				} else {
					nowhere = append(nowhere, o.Ref().String())
				}
			}
		}
	}
	switch {
	case len(nowhere) > 0:
		return warn("without tracing: %s", few(nowhere))
	case len(to) == 0:
		return warn("there is no Gateway with an HTTP listener").by("make one: Gloo's chart does")
	}
	return ok("%s", few(to))
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

// target is where a provider sends spans.
func target(p gloo.Provider) string {
	name := strings.TrimSuffix(p.Name, "Config")
	if ref, ok := p.Collector(); ok {
		return name + " " + ref.String()
	}
	return name + " cluster " + p.Cluster().Text()
}

// objectsAdmitted finds what the webhook would change: what was made while it was
// not there, and what it has added to by another Policy.
func objectsAdmitted(f *facts) verdict {
	if f.policyErr != nil {
		return policyBefore
	}
	var missed, due []string
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
	}
	var reasons []string
	if len(missed) > 0 {
		reasons = append(reasons, "missed: "+few(missed))
	}
	if len(due) > 0 {
		reasons = append(reasons, "as another Policy or version has it: "+few(due))
	}
	if len(reasons) > 0 {
		return warn("%s", strings.Join(reasons, "; "))
	}
	return ok("")
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
	reason := fmt.Sprintf("%d errors, %d warnings, such as %s: %s", errors, warnings, worst.Object, worst)
	if errors > 0 {
		return fail("%s", reason)
	}
	return warn("%s", reason)
}
