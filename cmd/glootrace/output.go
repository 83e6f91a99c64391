package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// lintReport is what lint found. Its JSON is an interface that programs rely on.
type lintReport struct {
	Findings []lintFinding `json:"findings"`
	Summary  lintSummary   `json:"summary"`
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

func newLintReport() lintReport { return lintReport{Findings: []lintFinding{}} }

func (r *lintReport) add(f finding.Finding, file string, line int) {
	o := f.Object
	r.Findings = append(r.Findings, lintFinding{
		Rule: f.Code, Severity: f.Severity, File: file, Line: line,
		Object: lintObject{o.APIVersion, string(o.Kind), o.Namespace, o.Name},
		Path:   f.Path.String(), Message: f.Message, Fix: f.Fix,
		name: o.String(),
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

// lintOutputs print a report, by the name of the format.
var lintOutputs = map[string]func(io.Writer, lintReport) error{
	"text": printText,
	"json": printJSON,
}

func printJSON(w io.Writer, r lintReport) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func printText(w io.Writer, r lintReport) error {
	var b strings.Builder
	byLine := slices.Clone(r.Findings) // files stay in the order in which they were read
	slices.SortStableFunc(byLine, func(a, b lintFinding) int {
		if a.File != b.File {
			return 0
		}
		return cmp.Compare(a.Line, b.Line)
	})
	for _, f := range byLine {
		fmt.Fprintf(&b, "%s:%d  %s  %s  %s\n", gloo.Printable(f.File), f.Line, f.Severity, f.Rule, f.name)
		if f.Path != "" {
			fmt.Fprintf(&b, "  %s\n", f.Path)
		}
		fmt.Fprintf(&b, "  %s\n  fix: %s\n", f.Message, f.Fix)
	}
	fmt.Fprintf(&b, "%s, %s", count(r.Summary.Errors, "error"), count(r.Summary.Warnings, "warning"))
	if r.Summary.Infos > 0 {
		fmt.Fprintf(&b, ", %s", count(r.Summary.Infos, "info"))
	}
	fmt.Fprintf(&b, " in %s", count(r.Summary.Documents, "document"))
	if len(byLine) > 0 {
		worst := slices.MaxFunc(byLine, func(a, b lintFinding) int { return cmp.Compare(a.Severity, b.Severity) })
		fmt.Fprintf(&b, " (glootrace rules %s explains)", worst.Rule)
	}
	_, err := io.WriteString(w, b.String()+"\n")
	return err
}

// printError prints an error, which may quote a file's content.
func printError(w io.Writer, err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(w, "error: %s\n", gloo.Printable(line))
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
