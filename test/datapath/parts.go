package datapath

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
)

// Fetch makes sure that Envoy, the collector and Zipkin are in the cache. Whatever starts one fetches it too; this is
// for those who want the waiting to be done before.
func Fetch(ctx context.Context, progress io.Writer) error {
	for _, fetch := range []func(context.Context, io.Writer) (string, error){EnvoyBinary, CollectorBinary, ZipkinJar} {
		if _, err := fetch(ctx, progress); err != nil {
			return err
		}
	}
	return nil
}

// runTool runs a program that ends by itself; its output is in the error.
func runTool(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, tail(string(out)))
	}
	return nil
}
