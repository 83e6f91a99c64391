package main

import (
	"cmp"
	"io"
	"strings"

	"github.com/glootrace/glootrace/internal/verify"
)

// verifyOutputs print a report.
var verifyOutputs = outputs[verify.Report]{
	{"text", func(w io.Writer, r verify.Report) error { return r.Text(w) }},
	{"json", printJSON[verify.Report]}, {"yaml", printYAML[verify.Report]},
	{"junit", printVerifyJUnit},
}

// watchOutputs print one report after the other. JUnit's XML has no such thing.
var watchOutputs = outputs[verify.Report]{
	verifyOutputs[0],
	{"json", printJSONLine[verify.Report]},
}

// printVerifyJUnit prints a report as JUnit's XML: the trace is a case, and so is each expectation.
func printVerifyJUnit(w io.Writer, r verify.Report) error {
	var text strings.Builder
	if err := r.Text(&text); err != nil {
		return err
	}
	all := junitSuites{Name: "glootrace verify"}
	suite := all.suite(cmp.Or(strings.TrimSpace(r.Request.Method+" "+r.Request.URL), "verify"))
	trace := junitCase{Name: "the gateway's span is in Zipkin", ClassName: "verify.trace"}
	switch {
	case r.Error != "":
		trace.Error = &junitFailure{r.Error, "unknown", r.Error}
	case r.Found:
		trace.Output = text.String()
	case r.Lost != nil:
		trace.Failure = &junitFailure{"lost " + r.Lost.Where(), "lost", text.String()}
	default:
		trace.Failure = &junitFailure{"not found", "lost", text.String()}
	}
	suite.add(trace)
	for _, e := range r.Expectations {
		c := junitCase{Name: e.What + " " + e.Expected, ClassName: "verify." + e.What}
		if !e.Met {
			c.Failure = &junitFailure{"expected " + e.Expected + ", got " + e.Got, "unexpected", text.String()}
		}
		suite.add(c)
	}
	return all.write(w)
}
