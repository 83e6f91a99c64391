package main

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"

	"github.com/glootrace/glootrace/internal/finding"
)

// The elements of JUnit's XML that Jenkins, GitLab, Azure and GitHub's actions
// all read. A test case takes one failure, as most of them read one only.
type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCounts
	Suites []*junitSuite `xml:"testsuite"`
}

type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Cases []junitCase `xml:"testcase"`

	names map[string]int
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	ClassName string        `xml:"classname,attr"`
	File      string        `xml:"file,attr,omitempty"`
	Failure   *junitFailure `xml:"failure"`
	Error     *junitFailure `xml:"error"`
	Output    string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

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
			suite = &junitSuite{Name: file, names: map[string]int{}}
			suites[file] = suite
			all.Suites = append(all.Suites, suite)
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
	for _, p := range r.problems {
		place := cmp.Or(p.file, all.Name)
		add(place, junitCase{Name: "can be read", ClassName: place, File: p.file,
			Error: &junitFailure{p.message, "unreadable", fmt.Sprintf("%s:%d: %s", place, p.line, p.message)}})
	}
	for _, suite := range all.Suites {
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// add adds a case under a name of its own: servers keep one of a name.
func (s *junitSuite) add(c junitCase) {
	s.names[c.Name]++
	if n := s.names[c.Name]; n > 1 {
		c.Name += fmt.Sprintf(" (%d)", n)
	}
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
	s.Cases = append(s.Cases, c)
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
