package backfill

import (
	"fmt"
	"io"
	"strings"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
)

// Text writes the plan for people.
func (p Plan) Text(w io.Writer) error {
	var b strings.Builder
	for _, r := range p.Restarts {
		why := r.Why
		if r.Underway {
			why += "; its restart is under way"
		}
		fmt.Fprintf(&b, "restart   %s: %s, %s\n", r, strings.Join(r.Pods, ", "), why)
	}
	for _, a := range p.Objects {
		fmt.Fprintf(&b, "complete  %s: %s\n", gloo.Printable(a.String()), strings.Join(a.Adds, ", "))
	}
	for _, l := range p.Left {
		fmt.Fprintf(&b, "leave     %s\n", l)
	}
	for _, o := range p.OptedOut {
		fmt.Fprintf(&b, "opted out %s\n", o)
	}
	switch {
	case !p.Empty():
	case len(p.Left)+len(p.OptedOut) > 0:
		b.WriteString("nothing else was missed\n")
	default:
		b.WriteString("nothing was missed\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (l Left) String() string { return l.Workload.String() + ": " + l.Why }

func (o OptedOut) String() string {
	return fmt.Sprintf("%s: its pods are annotated %s: \"false\"; to take that back: %s", o.Workload, policy.Inject, o.Back)
}
