// Command assets builds and fetches what the tests run, once, where one can watch it: go test hides its progress, and ends
// after ten minutes. With the argument helm it is Helm alone.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/glootrace/glootrace/test/browser"
	"github.com/glootrace/glootrace/test/datapath"
	"github.com/glootrace/glootrace/test/env"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fetch := []func(context.Context, io.Writer) error{controlPlane, helm, datapath.Fetch, browser.Fetch}
	if slices.Equal(os.Args[1:], []string{"helm"}) {
		fetch = []func(context.Context, io.Writer) error{helm}
	}
	for _, f := range fetch {
		if err := f(ctx, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func controlPlane(ctx context.Context, progress io.Writer) error {
	_, err := env.Assets(ctx, progress)
	return err
}

func helm(ctx context.Context, progress io.Writer) error {
	for _, major := range env.HelmVersions {
		if _, err := env.NewHelm(ctx, major, progress); err != nil {
			return err
		}
	}
	return nil
}
