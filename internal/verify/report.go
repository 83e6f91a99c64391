package verify

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/terminal"
)

// Report is what Run found out. Its JSON is an interface that programs rely on:
// fields are added, never renamed; lists are never null.
type Report struct {
	Request      Request       `json:"request,omitzero"`
	Found        bool          `json:"found"`    // the gateway's span is in Zipkin
	Waited       Millis        `json:"waitedMs"` // from the request's end until it was found, or given up
	Spans        []Span        `json:"spans"`    // of the trace, each after its parent
	Expectations []Expectation `json:"expectations"`
	Lost         *Verdict      `json:"lost,omitempty"`  // set unless found
	Error        string        `json:"error,omitempty"` // why nothing was found out
}

// Unknown is the report of somebody who could not ask.
func Unknown(why error) Report {
	return Report{Spans: []Span{}, Expectations: []Expectation{}, Error: why.Error()}
}

// OK tells whether the trace is there and all that was expected is so.
func (r Report) OK() bool {
	for _, e := range r.Expectations {
		if !e.Met {
			return false
		}
	}
	return r.Found
}

// Text writes the report for people.
func (r Report) Text(w io.Writer) error {
	return r.text(w, terminal.Of(w))
}

func (r Report) text(w io.Writer, c terminal.Colours) error {
	var b strings.Builder
	host := ""
	if r.Request.Host != "" {
		host = "  host " + r.Request.Host
	}
	fmt.Fprintf(&b, "request   %s %s%s  %d in %s   trace %s\n",
		r.Request.Method, r.Request.URL, host, r.Request.Status, r.Request.Duration, r.Request.TraceID)
	switch {
	case r.Found:
		fmt.Fprintf(&b, "zipkin    found after %s\n", r.Waited)
	case len(r.Spans) > 0:
		fmt.Fprintf(&b, "zipkin    the gateway's SERVER span is not in the trace within %s\n", r.Waited)
	default:
		fmt.Fprintf(&b, "zipkin    not found within %s\n", r.Waited)
	}
	writeTree(&b, r.Spans)
	writeExpectations(&b, c, r.Expectations)
	switch {
	case r.Lost != nil:
		writeVerdict(&b, c, *r.Lost)
	case r.OK() && len(r.Expectations) == 0:
		b.WriteString(c.Good("ok") + "  the gateway's span is in Zipkin\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeTree(w io.Writer, spans []Span) {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, s := range spans {
		fmt.Fprintf(t, "%s%s\t%s\t%s\t%s\t%s\n", strings.Repeat("  ", s.Depth+1),
			plain(s.Name), plain(s.Service), plain(s.Kind), s.Status, s.Duration)
	}
	_ = t.Flush() // w takes everything
}

func writeExpectations(w io.Writer, c terminal.Colours, expectations []Expectation) {
	var met []string
	for _, e := range expectations {
		if e.Met {
			met = append(met, e.What)
			continue
		}
		fmt.Fprintf(w, "%s expected %s, got %s\n", c.Error(fmt.Sprintf("%-9s", e.What)), e.Expected, plain(e.Got))
	}
	if len(met) == len(expectations) && len(met) > 0 {
		fmt.Fprintf(w, "%s  %s as expected\n", c.Good("ok"), enumerate(met))
	}
}

func writeVerdict(w io.Writer, c terminal.Colours, v Verdict) {
	fmt.Fprintf(w, "%s %s: %s\n", c.Error("lost"), plain(v.Where()), plain(strings.Join(v.Evidence, "; ")))
	if v.Cause != "" {
		rule := ""
		if len(v.Rules) > 0 {
			rule = " (" + strings.Join(v.Rules, ", ") + ")"
		}
		fmt.Fprintf(w, "%s %s%s\n", c.Bold("cause:"), plain(v.Cause), rule)
	}
	if v.Fix != "" {
		fmt.Fprintf(w, "%s   %s\n", c.Bold("fix:"), plain(v.Fix))
	}
	if len(v.Ask) > 0 {
		fmt.Fprintf(w, "%s would narrow it down\n", enumerate(v.Ask))
	}
}

// plain is text that others chose, as it can stand in a table.
func plain(s string) string {
	if s == "" {
		return "-"
	}
	return gloo.Printable(s)
}

// enumerate writes a, b and c.
func enumerate(words []string) string {
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " and " + words[last]
	}
	return strings.Join(words, "")
}

func (m Millis) String() string {
	switch d := time.Duration(m); {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.2f ms", d.Seconds()*1000)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	default:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
}
