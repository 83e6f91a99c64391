package backfill

import (
	"fmt"
	"io"
	"strings"

	"github.com/glootrace/glootrace/internal/gloo"
)

// Text writes the plan for people.
func (p Plan) Text(w io.Writer) error {
	var b strings.Builder
	for _, r := range p.Restarts {
		fmt.Fprintf(&b, "restart   %s: %s, %s\n", r, strings.Join(r.Pods, ", "), r.Why)
	}
	for _, a := range p.Objects {
		fmt.Fprintf(&b, "complete  %s: %s\n", gloo.Printable(a.String()), strings.Join(a.Adds, ", "))
	}
	for _, l := range p.Left {
		fmt.Fprintf(&b, "leave     Pod %s/%s: %s\n", l.Namespace, l.Name, l.Why)
	}
	if p.Empty() {
		b.WriteString("nothing was missed\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
