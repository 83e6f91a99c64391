package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/glootrace/glootrace/internal/verify"
)

func verifyCommand() *cobra.Command {
	var o verify.Options
	var output string
	c := &cobra.Command{
		Use:   "verify --gateway-url URL --zipkin-url URL",
		Short: "Send a request through the gateway and find its trace in Zipkin",
		Long: `Send one request with a trace id of its own through the gateway, wait for the
gateway's span of it in Zipkin, and print the trace. If it does not come, name the hop
at which it was lost, with evidence, cause and fix; the more of Envoy, agent and
collector can be asked, the closer.

The request asks to be traced whatever the gateway's random sampling. What Envoy, agent
and collector count includes other requests: a quiet gateway gives the clearest answer.

Exits with 0 if the trace is there and as expected, with 1 if not, and with 2 if the
gateway or Zipkin could not be asked.`,
		Example: `  # Does a request leave a trace?
  glootrace verify --gateway-url http://localhost:8080 --zipkin-url http://localhost:9411

  # With all that helps to find where it is lost
  glootrace verify --gateway-url http://localhost:8080 --zipkin-url http://localhost:9411 \
    --envoy-admin-url http://localhost:19000 \
    --agent-metrics-url http://localhost:8888 --collector-metrics-url http://localhost:8889

  # Is the span named as the VirtualService says?
  glootrace verify --gateway-url http://localhost:8080 --zipkin-url http://localhost:9411 \
    --host shop.example.com --expect-name shop.example.com --expect-service gateway-proxy --expect-status unset`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			print, err := verifyOutputs.named(output, c)
			if err != nil {
				return err
			}
			if err := o.Validate(); err != nil {
				return err
			}
			o.Progress = progress(c.ErrOrStderr())
			report, err := verify.Run(c.Context(), o)
			if err != nil {
				return err
			}
			if err := print(c.OutOrStdout(), report); err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
			if !report.OK() {
				return errFindings
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&o.Gateway, "gateway-url", "", "the gateway's base URL")
	f.StringVar(&o.Host, "host", "", "Host header of the request, for the virtual host that is meant")
	f.StringVar(&o.Path, "path", "/", "path of the request")
	f.StringVar(&o.Zipkin, "zipkin-url", "", "Zipkin's base URL")
	f.StringVar(&o.EnvoyAdmin, "envoy-admin-url", "", "admin interface of the gateway's Envoy, for the diagnosis")
	f.StringVar(&o.AgentMetrics, "agent-metrics-url", "", "Prometheus telemetry of the otel-agent, for the diagnosis")
	f.StringVar(&o.CollectorMetrics, "collector-metrics-url", "", "Prometheus telemetry of the collector, for the diagnosis")
	f.StringVar(&o.Expect.Name, "expect-name", "", "fail unless the gateway's span has this name (in any case: Zipkin keeps lower case)")
	f.StringVar(&o.Expect.Service, "expect-service", "", "fail unless the gateway's span is of this service (in any case)")
	f.StringVar(&o.Expect.Status, "expect-status", "", "fail unless the gateway's span has this status: unset or error")
	f.DurationVar(&o.Timeout, "timeout", 10*time.Second, "how long the trace may take; Envoy alone keeps spans for up to 5s")
	verifyOutputs.addFlag(c, &output)
	_ = c.MarkFlagRequired("gateway-url") // fails only for a flag that does not exist
	_ = c.MarkFlagRequired("zipkin-url")
	return c
}

// verifyOutputs print a report.
var verifyOutputs = outputs[verify.Report]{
	{"text", func(w io.Writer, r verify.Report) error { return r.Text(w) }},
	{"json", func(w io.Writer, r verify.Report) error { return r.JSON(w) }},
}

// progress is where to tell what is being waited for: nowhere, unless somebody
// watches.
func progress(stderr io.Writer) io.Writer {
	if f, ok := stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return stderr
	}
	return io.Discard
}
