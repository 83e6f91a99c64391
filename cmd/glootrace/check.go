package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/glootrace/glootrace/internal/check"
)

func checkCommand() *cobra.Command {
	var cluster clusterFlags
	var o check.Options
	var output string
	c := &cobra.Command{
		Use:   "check",
		Short: "Check that glootrace works in a cluster",
		Long: `Check that glootrace works in a cluster: groups of checks, each with what was found
and, where something is wrong, what to do about it and where to read more.

Nothing is changed. What replicas serve is asked of them through the API server, as
kubectl port-forward does.

Exits with 0 if nothing failed, with 1 if something did, and with 2 if nothing did as
far as it is known, but something could not be asked.`,
		Example: `  # Is all well?
  glootrace check

  # After an installation: wait until it is
  glootrace check --wait 2m

  # For continuous integration
  glootrace check -o junit > check.xml`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			print, err := checkOutputs.named(output, c.Name())
			if err != nil {
				return err
			}
			o.Progress = progress(c.ErrOrStderr())
			var report check.Report
			config, err := cluster.config()
			if err == nil {
				report, err = check.Run(c.Context(), config, check.Groups, o)
			}
			if err != nil {
				return withoutAnswer(c, output, print, check.Unreachable(err), err)
			}
			if err := print(c.OutOrStdout(), report); err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
			if err := context.Cause(c.Context()); err != nil { // while it was waiting for better
				return err
			}
			return outcome(report.Summary)
		},
	}
	c.AddCommand(samplingCommand())
	c.Flags().StringVarP(&o.Namespace, "namespace", "n", "gloo-system", "Gloo's namespace")
	cluster.addFlags(c)
	c.Flags().StringVar(&o.Webhooks, "webhook-config", "glootrace", "name of both webhook configurations")
	addDuration(c, &o.Wait, "wait", 0, "try again for so long until nothing fails")
	checkOutputs.addFlag(c, &output)
	return c
}

// outcome is what a check comes to: what failed is certain, whatever else could not be asked.
func outcome(s check.Summary) error {
	switch {
	case s.Fail > 0:
		return errFindings
	case s.Unknown > 0:
		return errReported
	}
	return nil
}
