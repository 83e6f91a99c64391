// Command glootrace makes OpenTelemetry tracing at a Gloo gateway work by
// default, and each mistake in it loud.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes of every command.
const (
	exitFindings = 1 // it ran, and found what it was told to fail on
	exitFailed   = 2 // it could not run, or not on everything
)

// errFindings ends a command that has already printed what it found.
var errFindings = errors.New("findings")

// errReported ends a command that has already printed what went wrong.
var errReported = errors.New("reported")

func main() {
	ctx := untilInterrupted()
	exit(ctx, run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr))
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "glootrace",
		Short: "OpenTelemetry tracing at a Gloo gateway: on by default, and loud when it is wrong",
		Long: `glootrace makes OpenTelemetry tracing at a Solo.io Gloo gateway work by default and
makes every mistake in it loud: as an admission webhook in a cluster, and with the
same engine on files.

Ctrl-C or SIGTERM ends a command within a second, with exit code 130 or 143; the webhook
answers first what it was asked.`,
		Example: `  # In files: what is wrong, and what would the webhook add?
  glootrace lint -f deploy/ -R
  glootrace inject -f deploy/gateway.yaml -o diff

  # In a cluster: does it work, and does a request leave a trace?
  glootrace check
  glootrace verify`,
		Version:       versionString(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(webhookCommand(), lintCommand(), injectCommand(), uninjectCommand(), rulesCommand(), checkCommand(), verifyCommand(), backfillCommand(), versionCommand())
	completeNoFiles(root)
	return root
}

// run is the program; args begin with the name by which it was called.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := rootCommand()
	out, errs := &stream{Writer: stdout}, &stream{Writer: stderr}
	switch name := filepath.Base(args[0]); {
	case strings.HasPrefix(name, "kubectl_complete-"): // kubectl asks it what comes next
		args = append([]string{name, cobra.ShellCompRequestCmd}, args[1:]...)
	case strings.HasPrefix(name, "kubectl-"): // kubectl runs it as a plugin
		asPlugin(root, out, errs)
	}
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(errs)
	suggestWhatWasMeant(root) // last: cobra's command for completion keeps where it prints
	err := execute(ctx, root, args[1:])
	if err == nil {
		err = out.failed
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, errReported):
		return exitFailed
	case ctx.Err() != nil:
		why := context.Cause(ctx)
		if !errors.Is(err, why) && !errors.Is(err, ctx.Err()) { // else it says no more than who interrupted it knows
			printError(errs, err)
		}
		if i, is := errors.AsType[interrupted](why); is {
			return i.code()
		}
		return exitFailed
	default:
		printError(errs, inALine(err))
		return exitFailed
	}
}

// asPlugin has all that people read call the program as kubectl does. What programs read, such as the documents that
// inject prints, is the same under any name.
func asPlugin(root *cobra.Command, out, errs *stream) {
	root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl glootrace"}
	out.plugin, errs.plugin = true, true
	root.PersistentPreRun = func(c *cobra.Command, _ []string) {
		if format := c.Flags().Lookup("output"); format != nil {
			out.plugin = format.Value.String() == "text"
		}
	}
}
