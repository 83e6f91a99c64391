package main

import (
	"io"

	"github.com/glootrace/glootrace/internal/check"
)

// checkOutputs print a report.
var checkOutputs = outputs[check.Report]{
	{"text", func(w io.Writer, r check.Report) error { return r.Text(w) }},
	{"json", printJSON[check.Report]}, {"yaml", printYAML[check.Report]},
	{"junit", printCheckJUnit},
}

// printCheckJUnit prints a report as JUnit's XML: a check that failed is a failure,
// one that could not be asked an error, and a warning is output of a case that passed.
func printCheckJUnit(w io.Writer, r check.Report) error {
	all := junitSuites{Name: "glootrace check"}
	for _, g := range r.Groups {
		suite := all.suite(g.Name)
		for _, c := range g.Checks {
			t := junitCase{Name: c.Title, ClassName: g.Name + "." + c.Name}
			text := c.Reason
			if c.Help != "" {
				text += "\nfix: " + c.Fix + "\n" + c.Help + "\n"
			}
			switch c.Status {
			case check.OK:
				t.Output = c.Reason
			case check.Warn:
				t.Output = text
			case check.Fail:
				t.Failure = &junitFailure{c.Reason, "fail", text}
			default:
				t.Error = &junitFailure{c.Reason, "unknown", text}
			}
			suite.add(t)
		}
	}
	return all.write(w)
}
