package webhook

import (
	"fmt"
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
	message, told := denial(o, errors)
	response := admission.Denied(message)
	response.Result.Details = &metav1.StatusDetails{Name: o.Name, Kind: string(o.Kind)}
	for _, f := range errors[:told] {
		response.Result.Details.Causes = append(response.Result.Details.Causes, metav1.StatusCause{
			Type: metav1.CauseType(f.Code), Message: f.Message, Field: f.Path.String(),
		})
	}
	return response.WithWarnings(warnings(rest, maxFindings)...)
}

// maxDenial is how many bytes of findings a refusal tells: more than anybody
// reads, and little to send, keep in an audit log and show in a terminal.
const maxDenial = 8 << 10

// denial is what a refusal says, and of how many of the errors.
func denial(o gloo.Object, errors []finding.Finding) (message string, told int) {
	lines := []string{gloo.Shorten(o.String(), maxWarning) + ":"}
	size := 0
	for ; told < len(errors); told++ {
		line := errors[told].String()
		if size += len(line); told > 0 && size > maxDenial {
			lines = append(lines, andMore(errors[told:]))
			break
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n"), told
}

// andMore says how many findings are not told.
func andMore(found []finding.Finding) string {
	return fmt.Sprintf("and %d more; glootrace lint shows all", finding.Count(found))
}
