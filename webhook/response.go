package webhook

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/mutate"
)

// patched allows the object with the result's patch; its notes become warnings.
func patched(r mutate.Result) admission.Response {
	response := admission.Patched("", r.Patch...)
	return response.WithWarnings(warnings(r.Notes, maxNotes)...)
}

// judged refuses the object if it has an error that it did not have before, and
// allows it with warnings otherwise. Information is for the command line.
func judged(o gloo.Object, found []finding.Finding, mode policy.Mode) admission.Response {
	var errors, rest []finding.Finding
	for _, f := range found {
		switch {
		case f.Severity == finding.Error && !f.Old && mode == policy.Enforce:
			errors = append(errors, f)
		case f.Severity >= finding.Warning:
			rest = append(rest, f)
		}
	}
	if len(errors) == 0 {
		return admission.Allowed("").WithWarnings(warnings(rest, maxFindings)...)
	}
	response := admission.Denied(o.String() + ":\n" + strings.Join(lines(errors), "\n"))
	response.Result.Details = &metav1.StatusDetails{Name: o.Name, Kind: string(o.Kind)}
	for _, f := range errors {
		response.Result.Details.Causes = append(response.Result.Details.Causes, metav1.StatusCause{
			Type: metav1.CauseType(f.Code), Message: f.Message, Field: f.Path.String(),
		})
	}
	return response.WithWarnings(warnings(rest, maxFindings)...)
}

func lines(found []finding.Finding) []string {
	var ls []string
	for _, f := range found {
		ls = append(ls, f.String())
	}
	return ls
}
