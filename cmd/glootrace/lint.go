package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

func lintCommand() *cobra.Command {
	var in files
	var output, failOn, explain string
	var file policyFile
	var complete, live bool
	var cluster clusterFlags
	c := &cobra.Command{
		Use:   "lint -f FILE",
		Short: "Find mistakes in tracing configuration in files, as the webhook would",
		Long: `Find mistakes in the tracing configuration of Gloo objects in files: the same rules
as the webhook, with file and line. What injection by the Policy would leave alone is
found too, as kubectl shows it when the object is applied.

An object that others refer to is looked for among the files. What is not there is an
info, unless the files are the whole configuration (--complete), or the cluster has
the rest (--cluster): then it is missing.

Files hold YAML or JSON: documents, Lists, bare lists of objects, JSON objects in a
row. A directory's are those called .yaml, .yml and .json. Documents that are no
Kubernetes objects, such as Helm's values, are passed over, and standard error says so.

Exits with 0 if there is nothing to complain of, with 1 if there are findings at or
above --fail-on, and with 2 if something could not be read; in every format. What could
not be read stands on standard error, and in the formats for programs in the report too.`,
		Example: `  # One file
  glootrace lint -f gateway.yaml

  # All manifests below a directory, for a program
  glootrace lint -f deploy/ -R -o json

  # What Helm renders, taken as the whole configuration
  helm template gloo gloo/gloo | glootrace lint --complete -f -

  # What would be wrong once it is applied to the cluster?
  glootrace lint -f gateway.yaml --cluster

  # What is a rule about?
  glootrace lint --explain GT301`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if explain != "" {
				print, err := ruleOutputs.named(output, "lint --explain")
				if err != nil {
					return err
				}
				rules, err := describeRules([]string{explain})
				if err != nil {
					return err
				}
				return print(c.OutOrStdout(), rules)
			}
			print, err := lintOutputs.named(output, c.Name())
			if err != nil {
				return err
			}
			level, ok := failLevels[failOn]
			if !ok {
				return fmt.Errorf("--fail-on %s: it takes error, warning or none", failOn)
			}
			pol, err := policy.Load(file.String())
			if err != nil {
				return err
			}
			if live && !c.Flags().Changed("namespace") {
				if in.namespace, err = cluster.namespace(); err != nil {
					return err
				}
			}
			read, manifests, errs := in.read(c)
			var patches []string
			manifests = withoutPatches(read, manifests, c.CommandPath(), func(note string) { patches = append(patches, note) })
			around := surroundings{complete: complete || live}
			if live {
				config, err := cluster.config()
				if err != nil {
					return err
				}
				if around.objects, err = refs.Live(c.Context(), config); err != nil {
					return err
				}
			}
			report := lint(c.Context(), read, manifests, pol, around)
			if err := context.Cause(c.Context()); err != nil {
				return err
			}
			report.failOn = level
			for _, err := range errs {
				report.fail(err)
			}
			if err := print(c.OutOrStdout(), report); err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
			if note := strays(read); note != "" {
				c.PrintErrln("note: " + note)
			}
			for _, note := range patches {
				c.PrintErrln("note: " + note)
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
	file.addFlag(c, "Policy file (default: inject everything, each rule at its default)")
	c.Flags().BoolVar(&complete, "complete", false, "the files are the whole configuration: what they refer to and do not hold is missing")
	c.Flags().BoolVar(&live, "cluster", false, "look in the cluster for what the files refer to and do not hold")
	cluster.addFlags(c)
	c.MarkFlagsMutuallyExclusive("complete", "cluster")
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

// strays says which documents were passed over as they hold no object; nothing
// if there are none.
func strays(read []*document.File) string {
	var first string
	n := 0
	for _, f := range read {
		for _, line := range f.Strays() {
			if n++; n == 1 {
				first = fmt.Sprintf("%s:%d", gloo.Printable(f.Name), line)
			}
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return first + " is no Kubernetes object, which has apiVersion and kind: passed over"
	default:
		return fmt.Sprintf("%s and %s are no Kubernetes objects, which have apiVersion and kind: passed over", first, count(n-1, "more document"))
	}
}
