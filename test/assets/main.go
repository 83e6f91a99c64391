// Command assets builds and fetches what the tests run, once, where one can watch it: go test hides its progress.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/glootrace/glootrace/test/browser"
	"github.com/glootrace/glootrace/test/datapath"
	"github.com/glootrace/glootrace/test/env"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	_, err := env.Assets(ctx, os.Stderr)
	for _, major := range env.HelmVersions {
		if err == nil {
			_, err = env.NewHelm(ctx, major, os.Stderr)
		}
	}
	if err == nil {
		err = datapath.Fetch(ctx, os.Stderr)
	}
	if err == nil {
		err = browser.Fetch(ctx, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
