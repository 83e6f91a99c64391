package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/terminal"
)

// printText prints a report for people: the findings of a file together, in the
// order of its lines.
func printText(w io.Writer, r lintReport) error {
	return writeText(w, r, terminal.Of(w))
}

func writeText(w io.Writer, r lintReport, c terminal.Colours) error {
	var b strings.Builder
	for i, group := range byFile(r.Findings) {
		if i > 0 {
			b.WriteString("\n")
		}
		for _, f := range group {
			fmt.Fprintf(&b, "%s  %s  %s  %s\n", c.Bold(fmt.Sprintf("%s:%d", gloo.Printable(f.File), f.Line)),
				coloured(c, f.Severity), f.Rule, f.name)
			if f.Path != "" {
				fmt.Fprintf(&b, "  %s\n", c.Faint(f.Path))
			}
			fmt.Fprintf(&b, "  %s\n  %s %s\n", f.Message, c.Bold("fix:"), f.Fix)
		}
	}
	if len(r.Findings) > 0 {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%s, %s", count(r.Summary.Errors, "error"), count(r.Summary.Warnings, "warning"))
	if r.Summary.Infos > 0 {
		fmt.Fprintf(&b, ", %s", count(r.Summary.Infos, "info"))
	}
	fmt.Fprintf(&b, " in %s", count(r.Summary.Documents, "document"))
	if len(r.Unreadable) > 0 {
		b.WriteString("; not all could be read")
	}
	if codes := worstCodes(r.Findings); len(codes) > 0 {
		fmt.Fprintf(&b, "\nfor more: glootrace rules %s", strings.Join(codes, " "))
	}
	_, err := io.WriteString(w, b.String()+"\n")
	return err
}

// worstCodes are the rules that found something, each once, the worst first, and no more of them than a person will read.
func worstCodes(findings []lintFinding) (codes []string) {
	const most = 3
	sorted := slices.SortedStableFunc(slices.Values(findings), func(a, b lintFinding) int { return cmp.Compare(b.Severity, a.Severity) })
	for _, f := range sorted {
		if len(codes) < most && !slices.Contains(codes, f.Rule) {
			codes = append(codes, f.Rule)
		}
	}
	return codes
}

// byFile groups findings by file, in the order in which files first occur, and
// sorts each group by line.
func byFile(findings []lintFinding) [][]lintFinding {
	var groups [][]lintFinding
	place := map[string]int{}
	for _, f := range findings {
		i, ok := place[f.File]
		if !ok {
			i = len(groups)
			place[f.File] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], f)
	}
	for _, group := range groups {
		slices.SortStableFunc(group, func(a, b lintFinding) int { return cmp.Compare(a.Line, b.Line) })
	}
	return groups
}

func coloured(c terminal.Colours, s finding.Severity) string {
	in := [...]func(string) string{finding.Info: c.Info, finding.Warning: c.Warning, finding.Error: c.Error}
	return in[s](s.String())
}
