package main

import (
	"errors"
	"io/fs"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// lintReport is what lint found. Its JSON is an interface that programs rely on.
type lintReport struct {
	Findings []lintFinding `json:"findings"`
	// Unreadable are the errors that kept lint from looking at everything.
	Unreadable []lintProblem `json:"unreadable"`
	Summary    lintSummary   `json:"summary"`

	// objects are all that were looked at, in the order of their files.
	objects []lintedObject
	// failOn is the severity from which on findings make lint fail.
	failOn finding.Severity
}

type lintFinding struct {
	Rule     string           `json:"rule"`
	Severity finding.Severity `json:"severity"`
	File     string           `json:"file"`
	Line     int              `json:"line"`
	Object   lintObject       `json:"object"`
	Path     string           `json:"path"`
	Message  string           `json:"message"`
	Fix      string           `json:"fix"`

	name string
}

type lintObject struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
}

type lintSummary struct {
	Documents int `json:"documents"`
	Errors    int `json:"errors"`
	Warnings  int `json:"warnings"`
	Infos     int `json:"infos"`
}

// lintedObject is an object and its findings, by their place in the report.
type lintedObject struct {
	file, name string
	findings   []int
}

// lintProblem is an error; file is empty and line 0 if it is about none.
type lintProblem struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"`
}

func newLintReport() lintReport {
	return lintReport{Findings: []lintFinding{}, Unreadable: []lintProblem{}}
}

// add notes an object with its findings.
func (r *lintReport) add(m manifest, found []finding.Finding) {
	o := lintedObject{file: m.file.Name, name: m.object.String()}
	for _, f := range found {
		o.findings = append(o.findings, len(r.Findings))
		r.Findings = append(r.Findings, lintFinding{
			Rule: f.Code, Severity: f.Severity, File: m.file.Name, Line: m.source.Line(f.Path.Pointer()),
			Object: lintObject{f.Object.APIVersion, string(f.Object.Kind), f.Object.Namespace, f.Object.Name},
			Path:   f.Path.String(), Message: f.Message, Fix: f.Fix,
			name: f.Object.String(),
		})
		switch f.Severity {
		case finding.Error:
			r.Summary.Errors++
		case finding.Warning:
			r.Summary.Warnings++
		default:
			r.Summary.Infos++
		}
	}
	r.objects = append(r.objects, o)
}

// fail notes an error.
func (r *lintReport) fail(err error) {
	p := lintProblem{Message: err.Error()}
	if placed := new(document.Error); errors.As(err, &placed) {
		p = lintProblem{placed.File, placed.Line, placed.Err.Error()}
	} else if of := new(fs.PathError); errors.As(err, &of) {
		p.File = of.Path
	}
	p.Message = gloo.Printable(p.Message)
	r.Unreadable = append(r.Unreadable, p)
}

// fails tells whether there are findings to fail on.
func (r *lintReport) fails() bool {
	for _, f := range r.Findings {
		if f.Severity >= r.failOn {
			return true
		}
	}
	return false
}
