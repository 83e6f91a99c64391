package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/glootrace/glootrace/internal/finding"
)

// printJUnit prints a report as JUnit's XML: a suite for each file, in it a
// case for each object without findings and one for each finding. What lint
// fails on is a failure, other findings are output of a case that passed, and
// what could not be read is an error.
func printJUnit(w io.Writer, r lintReport) error {
	all := junitSuites{Name: "glootrace lint"}
	suites := map[string]*junitSuite{}
	add := func(file string, c junitCase) {
		suite := suites[file]
		if suite == nil {
			suite = all.suite(file)
			suites[file] = suite
		}
		suite.add(c)
	}
	for _, o := range r.objects {
		if len(o.findings) == 0 {
			add(o.file, junitCase{Name: o.name, ClassName: o.file, File: o.file})
		}
		for _, i := range o.findings {
			add(o.file, r.junitCase(r.Findings[i]))
		}
	}
	for _, p := range r.Unreadable {
		place, text := cmp.Or(p.File, all.Name), p.Message
		if p.Line > 0 {
			text = fmt.Sprintf("%s:%d: %s", place, p.Line, p.Message)
		}
		add(place, junitCase{Name: "can be read", ClassName: place, File: p.File, Error: &junitFailure{p.Message, "unreadable", text}})
	}
	return all.write(w)
}

func (r lintReport) junitCase(f lintFinding) junitCase {
	c := junitCase{Name: f.name + " " + f.Rule, ClassName: f.File, File: f.File}
	if f.Path != "" {
		c.Name += " " + f.Path
	}
	text := fmt.Sprintf("%s:%d  %s  %s  %s\n%s\n%s\nfix: %s\n%s\n",
		f.File, f.Line, f.Severity, f.Rule, f.name, f.Path, f.Message, f.Fix, finding.PageOf(f.Rule).Help())
	if f.Severity >= r.failOn {
		c.Failure = &junitFailure{f.Rule + ": " + f.Message, f.Severity.String(), text}
	} else {
		c.Output = text
	}
	return c
}
