package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/validate"
)

func lintCommand() *cobra.Command {
	var in files
	var output, failOn, policyFile, explain string
	var complete bool
	c := &cobra.Command{
		Use:   "lint -f FILE",
		Short: "Find mistakes in tracing configuration in files, as the webhook would",
		Long: `Find mistakes in the tracing configuration of Gloo objects in files: the same rules
as the webhook, with file and line.

Exits with 0 if there is nothing to complain of, with 1 if there are findings at or
above --fail-on, and with 2 if something could not be read; in every format.`,
		Example: `  # One file
  glootrace lint -f gateway.yaml

  # All manifests below a directory, for a program
  glootrace lint -f deploy/ -R -o json

  # What Helm renders, taken as the whole configuration
  helm template gloo gloo/gloo | glootrace lint --complete -f -

  # What is a rule about?
  glootrace lint --explain GT301`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if explain != "" {
				rules, err := describeRules([]string{explain})
				if err != nil {
					return err
				}
				return explainRules(c.OutOrStdout(), rules)
			}
			in.stdin = c.InOrStdin()
			print, err := lintOutputs.named(output, c)
			if err != nil {
				return err
			}
			level, ok := failLevels[failOn]
			if !ok {
				return fmt.Errorf("--fail-on %s: it takes error, warning or none", failOn)
			}
			pol, err := policy.Load(policyFile)
			if err != nil {
				return err
			}
			report, errs := lint(&in, pol, complete, level)
			if err := print(c.OutOrStdout(), report); err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
			for _, err := range errs {
				printError(c.ErrOrStderr(), err)
			}
			switch {
			case len(errs) > 0:
				return errReported
			case report.fails():
				return errFindings
			default:
				return nil
			}
		},
	}
	in.addFlags(c)
	lintOutputs.addFlag(c, &output)
	c.Flags().StringVar(&failOn, "fail-on", "error", "exit with 1 on findings of this severity or worse: error, warning or none")
	c.Flags().StringVar(&policyFile, "policy", "", "Policy file (default: inject everything, each rule at its default)")
	c.Flags().BoolVar(&complete, "complete", false, "the files are the whole configuration: what they refer to and do not hold is missing")
	c.Flags().StringVar(&explain, "explain", "", "explain the rule with this code, and read nothing")
	c.MarkFlagsOneRequired("filename", "explain")
	c.MarkFlagsMutuallyExclusive("filename", "explain")
	_ = c.RegisterFlagCompletionFunc("explain", completeCodes) // fails only for a flag that does not exist
	_ = c.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(slices.Sorted(maps.Keys(failLevels)), cobra.ShellCompDirectiveNoFileComp))
	return c
}

// failLevels are the severities from which on lint fails.
var failLevels = map[string]finding.Severity{"error": finding.Error, "warning": finding.Warning, "none": finding.Error + 1}

// lintOutputs print a report.
var lintOutputs = outputs[lintReport]{
	{"text", printText}, {"json", printJSON[lintReport]}, {"yaml", printYAML[lintReport]},
	{"sarif", printSARIF}, {"junit", printJUnit}, {"github", printGitHub},
}

func lint(in *files, pol policy.Policy, complete bool, failOn finding.Severity) (lintReport, []error) {
	read, manifests, errs := in.read()
	known := refs.FromObjects(objectsOf(manifests), complete)
	report := newLintReport(failOn)
	for _, err := range errs {
		report.fail(err)
	}
	for _, f := range read {
		report.Summary.Documents += f.Documents()
	}
	for _, m := range manifests {
		report.add(m, validate.Object(m.object, nil, pol, known))
	}
	return report, errs
}
