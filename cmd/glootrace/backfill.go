package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/glootrace/glootrace/internal/backfill"
	"github.com/glootrace/glootrace/internal/check"
	"github.com/glootrace/glootrace/internal/policy"
)

func backfillCommand() *cobra.Command {
	var cluster clusterFlags
	var o check.Options
	run := backfill.Options{}
	var output, policyName string
	var dryRun bool
	c := &cobra.Command{
		Use:   "backfill",
		Short: "Give objects and proxies from before the webhook what they lack",
		Long: `Give what admission has missed, since it was there before the webhook or came while
the webhook was away, what the Policy adds: proxies first, then Gloo's objects.

Workloads of proxies whose pods have no agent, or one of another Policy or version, are
restarted one by one, each at the pace of its own strategy; the next one waits until all
pods of the one before are ready and have the agent. Before the first restart the API
server is asked, as a dry run, whether new pods would get the agent at all. Objects then
get exactly what the webhook would add, and pass admission with it. What the Policy
leaves out is not touched.

It stops at the first failure. What is to be done is read from the cluster each time, so
it can be run again.

Exits with 0 if nothing is left to do (with --dry-run: was to be done), with 1 if a dry
run found something or a pod has to be left alone, and with 2 if something failed.`,
		Example: `  # What would be done?
  glootrace backfill --dry-run

  # Do it; where a proxy does not come up with the agent, start it without
  glootrace backfill --rollback`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			print, err := backfillOutputs.named(output, c)
			if err != nil {
				return err
			}
			config, err := cluster.config()
			if err != nil {
				return err
			}
			var pol policy.Policy
			if policyName != "" {
				pol, err = policy.Load(policyName)
			} else {
				pol, _, err = check.Policy(c.Context(), config, o)
			}
			if err != nil {
				return err
			}
			b, err := backfill.New(config, pol)
			if err != nil {
				return err
			}
			plan, err := b.Plan(c.Context())
			if err != nil {
				return err
			}
			if dryRun || output != "text" || plan.Empty() {
				if err := print(c.OutOrStdout(), plan); err != nil {
					return fmt.Errorf("writing the plan: %w", err)
				}
			}
			if !dryRun {
				told := io.Writer(c.OutOrStdout())
				if output != "text" {
					told = c.ErrOrStderr()
				}
				waiting := progress(c.ErrOrStderr())
				run.Did = func(what, detail string) { fmt.Fprintf(told, "%-11s %s\n", what, detail) }
				run.Waiting = func(what string) { fmt.Fprintf(waiting, "waiting for %s\n", what) }
				if err := b.Run(c.Context(), plan, run); err != nil {
					return err
				}
				for _, l := range plan.Left {
					run.Did("left", fmt.Sprintf("Pod %s/%s: %s", l.Namespace, l.Name, l.Why))
				}
			}
			if len(plan.Left) > 0 || dryRun && !plan.Empty() {
				return errFindings
			}
			return nil
		},
	}
	cluster.addFlags(c)
	c.Flags().StringVar(&o.Webhooks, "webhook-config", "glootrace", "name of both webhook configurations")
	c.Flags().StringVar(&policyName, "policy", "", "Policy file (default: the one that the cluster's webhook has)")
	_ = c.MarkFlagFilename("policy", "yaml", "yml") // fails only for a flag that does not exist
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only print what would be done")
	c.Flags().BoolVar(&run.Rollback, "rollback", false, "where a restart fails, start the proxies without the agent (annotation glootrace.dev/inject: \"false\" on the pod template)")
	c.Flags().DurationVar(&run.Timeout, "timeout", 10*time.Minute, "how long the restart of one workload may take")
	backfillOutputs.addFlag(c, &output)
	return c
}

// backfillOutputs print a plan.
var backfillOutputs = outputs[backfill.Plan]{
	{"text", func(w io.Writer, p backfill.Plan) error { return p.Text(w) }},
	{"json", printJSON[backfill.Plan]}, {"yaml", printYAML[backfill.Plan]},
}
