package main

import (
	"encoding/xml"
	"fmt"
	"io"
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

func (s *junitSuites) suite(name string) *junitSuite {
	suite := &junitSuite{Name: name, names: map[string]int{}}
	s.Suites = append(s.Suites, suite)
	return suite
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

// write counts and writes everything.
func (s *junitSuites) write(w io.Writer) error {
	for _, suite := range s.Suites {
		s.Tests += suite.Tests
		s.Failures += suite.Failures
		s.Errors += suite.Errors
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
