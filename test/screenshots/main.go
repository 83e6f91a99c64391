// Command screenshots makes the pictures of the documentation, from real programs: docs/images/trace.png is Zipkin's
// page of the trace that the demo ends with.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/glootrace/glootrace/test/browser"
)

func main() {
	runtime.LockOSThread() // the demo ends with the thread that started it: let that be the main one
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	_, here, _, _ := runtime.Caller(0)
	if err := os.Chdir(filepath.Join(filepath.Dir(here), "..", "..")); err != nil {
		return fmt.Errorf("go to the root of the repository: %w", err)
	}
	if err := browser.Fetch(ctx, os.Stderr); err != nil {
		return err
	}
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx) // whatever else failed, failed for it
		}
	}()
	d, err := startDemo(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	return takeTrace(ctx, d.trace)
}
