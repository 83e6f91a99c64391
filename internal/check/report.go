package check

import (
	"fmt"
	"io"
	"strings"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/terminal"
)

// Report is what was found. Its JSON is an interface that programs rely on: fields
// are added, never renamed; lists are never null.
type Report struct {
	Groups  []GroupResult `json:"groups"`
	Summary Summary       `json:"summary"`
}

// GroupResult are the checks of a group that apply to this cluster.
type GroupResult struct {
	Name   string   `json:"name"`
	Checks []Result `json:"checks"`
}

// Result is a check's answer.
type Result struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Status Status `json:"status"`
	Reason string `json:"reason"`
	Fix    string `json:"fix,omitempty"`  // unless ok, or the reason refers to another check
	Help   string `json:"help,omitempty"` // URL, likewise
}

// Summary counts results.
type Summary struct {
	OK      int `json:"ok"`
	Warn    int `json:"warn"`
	Fail    int `json:"fail"`
	Unknown int `json:"unknown"`
}

func (s *Summary) count(status Status) {
	switch status {
	case OK:
		s.OK++
	case Warn:
		s.Warn++
	case Fail:
		s.Fail++
	case Unknown:
		s.Unknown++
	}
}

// first is the first thing that is not as it should be.
func (r Report) first() string {
	for _, g := range r.Groups {
		for _, c := range g.Checks {
			if c.Status == Fail || c.Status == Unknown {
				return c.Name + ": " + gloo.Printable(c.Reason)
			}
		}
	}
	return ""
}

// Text writes the report for people.
func (r Report) Text(w io.Writer) error {
	return r.text(w, terminal.Of(w))
}

func (r Report) text(w io.Writer, in terminal.Colours) error {
	colour := map[Status]func(string) string{OK: in.Good, Warn: in.Warning, Fail: in.Error, Unknown: in.Info}
	var b strings.Builder
	for _, g := range r.Groups {
		fmt.Fprintf(&b, "%s\n", g.Name)
		for _, c := range g.Checks {
			fmt.Fprintf(&b, "  %s  %s", colour[c.Status](fmt.Sprintf("%-7s", c.Status)), c.Title)
			switch {
			case c.Reason == "":
			case c.Help == "":
				fmt.Fprintf(&b, " (%s)", gloo.Printable(c.Reason))
			default:
				fmt.Fprintf(&b, "\n           %s", gloo.Printable(c.Reason))
			}
			b.WriteString("\n")
			if c.Fix != "" {
				fmt.Fprintf(&b, "           %s %s\n", in.Bold("fix:"), gloo.Printable(c.Fix))
			}
			if c.Help != "" {
				fmt.Fprintf(&b, "           %s\n", c.Help)
			}
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%d ok, %d warn, %d fail", r.Summary.OK, r.Summary.Warn, r.Summary.Fail)
	if r.Summary.Unknown > 0 {
		fmt.Fprintf(&b, ", %d unknown", r.Summary.Unknown)
	}
	_, err := io.WriteString(w, b.String()+"\n")
	return err
}
