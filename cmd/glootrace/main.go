// Command glootrace makes OpenTelemetry tracing at a Gloo gateway work by
// default, and each mistake in it loud.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // who does not want to wait for a clean end interrupts again
	os.Exit(run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr))
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "glootrace",
		Short: "OpenTelemetry tracing at a Gloo gateway: on by default, and loud when it is wrong",
		Long: `glootrace makes OpenTelemetry tracing at a Solo.io Gloo gateway work by default and
makes every mistake in it loud: as an admission webhook in a cluster, and with the
same engine on files.`,
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
	if strings.HasPrefix(filepath.Base(args[0]), "kubectl-") { // kubectl runs it as a plugin
		root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl glootrace"}
	}
	root.SetArgs(args[1:])
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	switch err := root.ExecuteContext(ctx); {
	case err == nil:
		return 0
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, errReported):
		return exitFailed
	default:
		printError(stderr, inALine(err))
		return exitFailed
	}
}

// inALine has cobra's suggestions for a command that there is not behind the error, as all others are.
func inALine(err error) error {
	what, others, is := strings.Cut(err.Error(), "\n\nDid you mean this?\n")
	if !is {
		return err
	}
	return fmt.Errorf("%s; did you mean %s?", what, strings.Join(strings.Fields(others), " or "))
}
