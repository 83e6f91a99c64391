package datapath

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// zipkin is the one that all tests share; each test has a service name of its own.
var zipkin *Zipkin

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx := context.Background()
	err := Fetch(ctx, os.Stderr)
	if err == nil {
		zipkin, err = StartZipkin(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := zipkin.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
