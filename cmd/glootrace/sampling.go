package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/glootrace/glootrace/internal/check"
)

func samplingCommand() *cobra.Command {
	var cluster clusterFlags
	var output string
	c := &cobra.Command{
		Use:   "sampling",
		Short: "Show which part of requests leaves spans, by gateway and route",
		Long: `Show the effective sampling of each gateway and of each route that it serves, and the
field that says so. A route with a tracing block of its own samples by that block alone:
each percentage that the block leaves out is 100 %, whatever the gateway says.

SAMPLED is of ordinary requests, FORCED of those that ask to be traced (by the header
x-client-trace-id).`,
		Example: `  # Which routes sample everything?
  glootrace check sampling | grep '100 %'`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			print, ok := samplingOutputs[output]
			if !ok {
				return fmt.Errorf("-o %s: check sampling prints text or json", output)
			}
			config, err := cluster.config()
			if err != nil {
				return err
			}
			report, err := check.Sampling(c.Context(), config, check.Options{})
			if err != nil {
				return err
			}
			if err := print(report, c.OutOrStdout()); err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
			return nil
		},
	}
	cluster.add(c.Flags())
	c.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return c
}

// samplingOutputs print a report, by the name of the format.
var samplingOutputs = map[string]func(check.SamplingReport, io.Writer) error{
	"text": check.SamplingReport.Text,
	"json": check.SamplingReport.JSON,
}
