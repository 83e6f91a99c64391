package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// grace is how long an interrupted command may take to end by itself. What it waits for may know no context, such as a
// credential plugin that says nothing.
const grace = time.Second

// interrupted is why the context of a command ends.
type interrupted struct{ signal syscall.Signal }

func (i interrupted) Error() string { return "interrupted" }

// code is the exit code that a shell gives to what a signal has ended.
func (i interrupted) code() int { return 128 + int(i.signal) }

// untilInterrupted is a context that ends with the first signal. A second one ends the program at once.
func untilInterrupted() context.Context {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, end := context.WithCancelCause(context.Background())
	go func() {
		s := <-signals
		signal.Reset()
		end(interrupted{s.(syscall.Signal)})
	}()
	return ctx
}

// execute runs what args name. Only the webhook may take its time when it is interrupted: it has admissions to answer.
func execute(ctx context.Context, root *cobra.Command, args []string) error {
	root.SetArgs(args)
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	if c, _, _ := root.Find(args); c.Name() == "webhook" {
		return <-ended
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(grace):
		return context.Cause(ctx)
	}
}

// exit ends the program. After an interruption that is by the signal itself: a shell ends its loop only then.
func exit(ctx context.Context, code int) {
	i, is := errors.AsType[interrupted](context.Cause(ctx))
	if self, err := os.FindProcess(os.Getpid()); is && code == i.code() && err == nil && self.Pid != 1 { // 1, in a container, is not ended by signals
		if self.Signal(i.signal) == nil {
			time.Sleep(grace) // it is under way
		}
	}
	os.Exit(code)
}
