package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/types"

	"github.com/glootrace/glootrace/internal/backfill"
	"github.com/glootrace/glootrace/internal/check"
	"github.com/glootrace/glootrace/internal/policy"
)

func backfillCommand() *cobra.Command {
	var cluster clusterFlags
	var o check.Options
	run := backfill.Options{}
	var output string
	var file policyFile
	var workloads []string
	var dryRun bool
	c := &cobra.Command{
		Use:   "backfill",
		Short: "Give objects and proxies from before the webhook what they lack",
		Long: `Give what the webhook has missed what the Policy adds: proxies and Gloo's objects that
were there before it, or came while it was away. Proxies come first, then objects.

Workloads of proxies whose pods have no agent, or one of another Policy or version, are
restarted one by one, each at the pace of its own strategy; the next one waits until all
pods of the one before are ready and have the agent. Before each restart the API server
is asked, as a dry run, whether new pods would get the agent at all. Objects then get
exactly what the webhook would add, and pass admission with it. What the Policy leaves
out is not touched.

It stops at the first failure. What is to be done is read from the cluster each time, so
it can be run again; a restart that has begun by then is waited for.

With --rollback a restart that fails is undone: pods of before stay as they are. If some
are gone already, all start without the agent instead, and the command that takes this
back is printed.

Exits with 0 if nothing is left to do (with --dry-run: was to be done), with 1 if a dry
run found something or something has to be left alone, and with 2 if something failed.`,
		Example: `  # What would be done?
  glootrace backfill --dry-run

  # Do it; where a proxy does not come up with the agent, go back
  glootrace backfill --rollback

  # Try a new agent configuration on one proxy
  glootrace backfill --workload gloo-system/gateway-proxy --rollback`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			print, err := backfillOutputs.named(output, c.Name())
			if err != nil {
				return err
			}
			only, err := workloadNames(workloads)
			if err != nil {
				return err
			}
			b, plan, err := planned(c.Context(), &cluster, file, o, only)
			if err != nil {
				return withoutAnswer(c, output, print, backfill.Unknown(err), err)
			}
			if dryRun || output != "text" || plan.Empty() {
				if err := print(c.OutOrStdout(), plan); err != nil {
					return fmt.Errorf("writing the plan: %w", err)
				}
			}
			if !dryRun && !plan.Empty() {
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
					run.Did("left", l.String())
				}
				for _, o := range plan.OptedOut {
					run.Did("opted out", o.String())
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
	file.addFlag(c, "Policy file (default: the one that the cluster's webhook has)")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only print what would be done")
	c.Flags().BoolVar(&run.Rollback, "rollback", false, "undo a restart that fails; if pods of before are gone, start all without the agent (annotation glootrace.dev/inject: \"false\" on the pod template)")
	c.Flags().StringArrayVar(&workloads, "workload", nil, "namespace/name of a Deployment, DaemonSet or StatefulSet: restart only this one, and complete no objects; repeated for each")
	addDuration(c, &run.Timeout, "timeout", 10*time.Minute, "how long the restart of one workload may take")
	backfillOutputs.addFlag(c, &output)
	return c
}

// planned is what plan gives, unless it is interrupted: plan may wait for somebody who knows no context.
func planned(ctx context.Context, cluster *clusterFlags, file policyFile, o check.Options, only []types.NamespacedName) (*backfill.Cluster, backfill.Plan, error) {
	type result struct {
		b    *backfill.Cluster
		plan backfill.Plan
		err  error
	}
	done := make(chan result, 1)
	go func() {
		b, p, err := plan(ctx, cluster, file, o, only)
		done <- result{b, p, err}
	}()
	select {
	case is := <-done:
		if ctx.Err() == nil {
			return is.b, is.plan, is.err
		}
	case <-ctx.Done():
	}
	return nil, backfill.Plan{}, errors.New("interrupted while it looked for what is to be done: nothing was changed")
}

// plan is what is to be done by a Policy file, or by the Policy that the cluster's webhook has.
func plan(ctx context.Context, cluster *clusterFlags, file policyFile, o check.Options, only []types.NamespacedName) (b *backfill.Cluster, p backfill.Plan, err error) {
	config, err := cluster.config()
	if err != nil {
		return nil, p, err
	}
	var pol policy.Policy
	if file != "" {
		pol, err = policy.Load(file.String())
	} else {
		var from string
		if pol, from, err = check.Policy(ctx, config, o); err != nil && from != "" {
			err = fmt.Errorf("%s: %w", from, err)
		}
	}
	if err != nil {
		return nil, p, err
	}
	if b, err = backfill.New(config, pol); err != nil {
		return nil, p, err
	}
	p, err = b.Plan(ctx, only...)
	return b, p, err
}

// workloadNames reads names with namespaces.
func workloadNames(args []string) ([]types.NamespacedName, error) {
	var names []types.NamespacedName
	for _, arg := range args {
		namespace, name, ok := strings.Cut(arg, "/")
		if !ok || namespace == "" || name == "" || strings.Contains(name, "/") {
			return nil, fmt.Errorf("--workload %s: want namespace/name, such as gloo-system/gateway-proxy", arg)
		}
		names = append(names, types.NamespacedName{Namespace: namespace, Name: name})
	}
	return names, nil
}

// backfillOutputs print a plan.
var backfillOutputs = outputs[backfill.Plan]{
	{"text", func(w io.Writer, p backfill.Plan) error { return p.Text(w) }},
	{"json", printJSON[backfill.Plan]}, {"yaml", printYAML[backfill.Plan]},
}
