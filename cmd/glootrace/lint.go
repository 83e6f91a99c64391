package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/validate"
)

func lintCommand() *cobra.Command {
	var in files
	var output, failOn, policyFile string
	var complete bool
	c := &cobra.Command{
		Use:   "lint -f FILE",
		Short: "Find mistakes in tracing configuration in files, as the webhook would",
		Long: `Find mistakes in the tracing configuration of Gloo objects in files: the same rules
as the webhook, with file and line.

Exits with 0 if there is nothing to complain of, with 1 if there are findings at or
above --fail-on, and with 2 if something could not be read.`,
		Example: `  # One file
  glootrace lint -f gateway.yaml

  # All manifests below a directory, for a program
  glootrace lint -f deploy/ -R -o json

  # What Helm renders, taken as the whole configuration
  helm template gloo gloo/gloo | glootrace lint --complete -f -`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in.stdin = c.InOrStdin()
			print, ok := lintOutputs[output]
			if !ok {
				return fmt.Errorf("-o %s: lint prints text or json", output)
			}
			fails, ok := failLevels[failOn]
			if !ok {
				return fmt.Errorf("--fail-on %s: it takes error, warning or none", failOn)
			}
			pol, err := policy.Load(policyFile)
			if err != nil {
				return err
			}
			report, errs := lint(&in, pol, complete)
			if err := print(c.OutOrStdout(), report); err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
			for _, err := range errs {
				printError(c.ErrOrStderr(), err)
			}
			switch {
			case len(errs) > 0:
				return errReported
			case fails(report.Summary):
				return errFindings
			default:
				return nil
			}
		},
	}
	in.addFlags(c)
	c.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	c.Flags().StringVar(&failOn, "fail-on", "error", "exit with 1 on findings of this severity or worse: error, warning or none")
	c.Flags().StringVar(&policyFile, "policy", "", "Policy file (default: inject everything, each rule at its default)")
	c.Flags().BoolVar(&complete, "complete", false, "the files are the whole configuration: what they refer to and do not hold is missing")
	return c
}

// failLevels say by the summary whether lint fails.
var failLevels = map[string]func(lintSummary) bool{
	"error":   func(s lintSummary) bool { return s.Errors > 0 },
	"warning": func(s lintSummary) bool { return s.Errors+s.Warnings > 0 },
	"none":    func(lintSummary) bool { return false },
}

func lint(in *files, pol policy.Policy, complete bool) (lintReport, []error) {
	read, manifests, errs := in.read()
	known := refs.FromObjects(objectsOf(manifests), complete)
	report := newLintReport()
	for _, f := range read {
		report.Summary.Documents += f.Documents()
	}
	for _, m := range manifests {
		for _, found := range validate.Object(m.object, nil, pol, known) {
			report.add(found, m.file.Name, m.source.Line(found.Path.Pointer()))
		}
	}
	return report, errs
}
