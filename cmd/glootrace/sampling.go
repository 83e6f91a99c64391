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
			print, err := samplingOutputs.named(output, c.Name())
			if err != nil {
				return err
			}
			var report check.SamplingReport
			config, err := cluster.config()
			if err == nil {
				report, err = check.Sampling(c.Context(), config)
			}
			if err != nil {
				return withoutAnswer(c, output, print, check.SamplingReport{Rows: []check.SamplingRow{}, Error: err.Error()}, err)
			}
			if err := print(c.OutOrStdout(), report); err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
			return nil
		},
	}
	cluster.addFlags(c)
	samplingOutputs.addFlag(c, &output)
	return c
}

// samplingOutputs print a report.
var samplingOutputs = outputs[check.SamplingReport]{
	{"text", func(w io.Writer, r check.SamplingReport) error { return r.Text(w) }},
	{"json", printJSON[check.SamplingReport]}, {"yaml", printYAML[check.SamplingReport]},
}
