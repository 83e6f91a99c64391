package policy

import (
	"fmt"
	"strings"

	"github.com/glootrace/glootrace/internal/inja"
)

// wrongTemplate says what is wrong with the template of span names, or nothing.
// It is rendered without the body, without any extractor and, where it is added
// to a user's template, in whichever notation that has: what fails there would
// answer 400 to every request of every virtual host.
func wrongTemplate(text string) string {
	for _, advanced := range []bool{false, true} {
		if why := wrongIn(text, inja.Options{Advanced: advanced}); why != "" {
			return why
		}
	}
	return ""
}

func wrongIn(text string, o inja.Options) string {
	t, problems := inja.Parse(text, o)
	if len(problems) > 0 {
		p := problems[0]
		return fmt.Sprintf("line %d, column %d of the template: %s; Envoy would refuse each listener", p.Line, p.Column, p.Message)
	}
	constant, ok := t.Constant()
	switch {
	case strings.TrimSpace(text) == "", ok && strings.TrimSpace(constant) == "":
		return "is empty: every span would be called nothing; to name none, set spanName.inject: false"
	case len(t.Empty) > 0:
		at := t.Empty[0]
		return fmt.Sprintf("line %d, column %d of the template: an expression without a value; every request would be answered 400", at.Line, at.Column)
	case len(t.Files) > 0:
		return fmt.Sprintf("reads the file %q, which a proxy's container does not have; Envoy would refuse each listener", t.Files[0])
	case t.UsesBody():
		return "reads the body, which is not read to name a span"
	case len(t.Extractions()) > 0:
		return "asks for an extraction, and there are no extractors"
	}
	for _, v := range t.Variables {
		if v.Needed {
			return fmt.Sprintf(`nothing defines %s: every request would be answered 400; write header("…") for a header`, v.Name)
		}
	}
	return ""
}
