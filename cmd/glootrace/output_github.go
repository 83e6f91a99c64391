package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// printGitHub prints a report as workflow commands, which GitHub Actions shows
// as annotations at the lines that they are about.
func printGitHub(w io.Writer, r lintReport) error {
	var b strings.Builder
	for _, group := range byFile(r.Findings) {
		for _, f := range group {
			message := f.name + " " + f.Path + "\n" + f.Message + "\nFix: " + f.Fix
			annotate(&b, gitHubLevels[f.Severity], f.File, f.Line, f.Rule+" "+finding.PageOf(f.Rule).Title, message)
		}
	}
	for _, p := range r.Unreadable {
		annotate(&b, "error", p.File, max(p.Line, 1), "glootrace could not look at this", p.Message)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var gitHubLevels = [...]string{finding.Info: "notice", finding.Warning: "warning", finding.Error: "error"}

// A command ends with its line, and its properties with a comma or colon.
var (
	gitHubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	gitHubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func annotate(b *strings.Builder, level, file string, line int, title, message string) {
	var place string
	switch file {
	case "":
	case stdinName: // no file to annotate
		message = fmt.Sprintf("%s:%d: %s", file, line, message)
	default:
		place = fmt.Sprintf("file=%s,line=%d,", gloo.Printable(gitHubProperty.Replace(file)), line)
	}
	fmt.Fprintf(b, "::%s %stitle=%s::%s\n", level, place, gitHubProperty.Replace(title), gitHubData.Replace(message))
}
