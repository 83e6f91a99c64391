package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/glootrace/glootrace/internal/target"
	"github.com/glootrace/glootrace/internal/terminal"
	"github.com/glootrace/glootrace/internal/verify"
)

func verifyCommand() *cobra.Command {
	var o verify.Options
	var cluster clusterFlags
	var where target.Where
	var output string
	var watch time.Duration
	c := &cobra.Command{
		Use:   "verify",
		Short: "Send a request through the gateway and find its trace in Zipkin",
		Long: `Send one request with a trace id of its own through the gateway, wait for the
gateway's span of it in Zipkin, and print the trace. If it does not come, name the hop
at which it was lost, with evidence, cause and fix; the more of Envoy, agent and
collector can be asked, the closer.

Without URLs, gateway, request, Zipkin, agent and collector are found in the cluster: a
ready proxy of a Gateway, a host and path that one of its VirtualServices serves, and
the chart's pods by their labels. They are reached through the API server, as kubectl
port-forward does (you need permission to create pods/portforward), but no port of this
host is opened.

The request asks to be traced whatever the gateway's random sampling. What Envoy, agent
and collector count includes other requests: a quiet gateway gives the clearest answer.

Exits with 0 if the trace is there and as expected, with 1 if not, and with 2 if the
gateway or Zipkin could not be asked.`,
		Example: `  # Does a request leave a trace?
  glootrace verify

  # Through one of several gateways
  glootrace verify --gateway gateway-proxy

  # Is the span named as the VirtualService says?
  glootrace verify --host shop.example.com --expect-name shop.example.com

  # Every 30 seconds, until Ctrl-C
  glootrace verify --watch 30s

  # By URLs, with all that helps to find where it is lost
  glootrace verify --gateway-url http://localhost:8080 --zipkin-url http://localhost:9411 \
    --envoy-admin-url http://localhost:19000 \
    --agent-metrics-url http://localhost:8888 --collector-metrics-url http://localhost:8889`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			formats := verifyOutputs
			if watch > 0 {
				formats = watchOutputs
			}
			print, err := formats.named(output, c.Name())
			if err != nil {
				return err
			}
			if err := o.Validate(); err != nil {
				return err
			}
			o.Progress = progress(c.ErrOrStderr())
			once := func() error {
				report, err := verified(c, &cluster, where, o)
				if err != nil {
					return withoutAnswer(c, output, print, verify.Unknown(err), err)
				}
				if err := print(c.OutOrStdout(), report); err != nil {
					return fmt.Errorf("writing the report: %w", err)
				}
				if !report.OK() {
					return errFindings
				}
				return nil
			}
			if watch == 0 {
				return once()
			}
			return repeat(c, watch, once)
		},
	}
	f := c.Flags()
	f.StringVarP(&where.Namespace, "namespace", "n", "gloo-system", "namespace of the chart's collector and Zipkin")
	f.StringVar(&where.Gateway, "gateway", "", "the Gateway, by name or as NAMESPACE/NAME (default: one that traces)")
	f.StringVar(&o.Gateway, "gateway-url", "", "the gateway's base URL (default: a pod of a Gateway's proxy)")
	f.StringVar(&o.Host, "host", "", "Host header of the request, for the virtual host that is meant (default, in a cluster: one that is served)")
	f.StringVar(&o.Path, "path", "", "path of the request (default: one that is served; with --gateway-url, /)")
	f.StringVar(&o.Zipkin, "zipkin-url", "", "Zipkin's base URL (default: the chart's Zipkin)")
	f.StringVar(&o.EnvoyAdmin, "envoy-admin-url", "", "admin interface of the gateway's Envoy, for the diagnosis")
	f.StringVar(&o.AgentMetrics, "agent-metrics-url", "", "Prometheus telemetry of the otel-agent, for the diagnosis")
	f.StringArrayVar(&o.CollectorMetrics, "collector-metrics-url", nil, "Prometheus telemetry of the collector, for the diagnosis; repeated for each replica")
	f.StringVar(&o.Expect.Name, "expect-name", "", "fail unless the gateway's span has this name (in any case: Zipkin keeps lower case)")
	f.StringVar(&o.Expect.Service, "expect-service", "", "fail unless the gateway's span is of this service (in any case)")
	f.StringVar(&o.Expect.Status, "expect-status", "", "fail unless the gateway's span has this status: unset or error")
	addDuration(c, &o.Timeout, "timeout", 10*time.Second, "how long the trace may take; Envoy alone keeps spans for up to 5s")
	addDuration(c, &watch, "watch", 0, "do it again and again, with this time between, until interrupted; the last one decides on the exit code; as json, a line each")
	cluster.addFlags(c)
	c.MarkFlagsMutuallyExclusive("gateway", "gateway-url")
	_ = c.RegisterFlagCompletionFunc("gateway", cluster.completeGateways) // these fail only for a flag that does not exist
	_ = c.RegisterFlagCompletionFunc("expect-status", cobra.FixedCompletions([]string{"error", "unset"}, cobra.ShellCompDirectiveNoFileComp))
	verifyOutputs.addFlag(c, &output)
	return c
}

// verified sends a request, by what the options say and the cluster besides: anew each time, as pods come and go.
func verified(c *cobra.Command, cluster *clusterFlags, where target.Where, o verify.Options) (verify.Report, error) {
	if o.Gateway == "" || o.Zipkin == "" {
		config, err := cluster.config()
		if err != nil {
			return verify.Report{}, err
		}
		if err := target.Complete(c.Context(), config, where, &o); err != nil {
			return verify.Report{}, err
		}
	}
	if o.Path == "" {
		o.Path = "/"
	}
	return verify.Run(c.Context(), o)
}

// repeat does something until the command is interrupted; it returns what came of it last, if it came to an end once.
func repeat(c *cobra.Command, every time.Duration, do func() error) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	last := context.Canceled
	for {
		err := do()
		if c.Context().Err() != nil { // cut off: that says nothing
			return last
		}
		if last = err; err != nil && !errors.Is(err, errFindings) {
			printError(c.ErrOrStderr(), err)
			last = errReported
		}
		select {
		case <-tick.C:
		case <-c.Context().Done():
			return last
		}
	}
}

// progress is where to tell what is being waited for: nowhere, unless somebody
// watches.
func progress(stderr io.Writer) io.Writer {
	if terminal.Is(stderr) {
		return stderr
	}
	return io.Discard
}
