// Command demo shows the main job of glootrace, for real: a kube-apiserver with Gloo's CRDs and `glootrace webhook`,
// and what kubectl says. It checks what it says: it fails at the first thing that is not so.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// story is what the demo does, in order. Each step is in a file of its own.
var story = []func(context.Context, *stage) error{
	start,
	applyGuide,
	showAdditions,
	applyAgain,
	tryBadEdits,
	injectAgent,
	traceRequest,
}

func main() {
	// SIGPIPE, too: `make demo | head` ends as cleanly as Ctrl-C.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	if err := run(ctx, os.Getenv("DEMO_KEEP") != ""); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run tells the story, and with keep leaves everything running until ctx ends. Nothing is left when it returns.
func run(ctx context.Context, keep bool) error {
	s, err := newStage()
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, s.farewell)
	for _, tell := range story {
		if err = tell(ctx, s); err != nil {
			break
		}
	}
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx) // whatever else failed, failed for it
	case err == nil && keep:
		s.invite(ctx)
		<-ctx.Done()
	}
	closeErr := s.close()
	if ctx.Err() != nil { // Ctrl-C reaches all programs of a terminal: that one ended by itself is no news
		closeErr = nil
	}
	return errors.Join(err, closeErr)
}
