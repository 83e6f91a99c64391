package chart

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"

	"github.com/glootrace/glootrace/test/env"
)

const (
	chartDir  = "../../charts/glootrace"
	release   = "glootrace"
	namespace = "gloo-system"
)

var update = flag.Bool("update", false, "write golden files and docs/values.md from what the chart is now")

// helms are the Helms that the chart is tried with, by major version.
var helms = map[string]*env.Helm{}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	fail := func(err error) int { fmt.Fprintln(os.Stderr, err); return 1 }
	for _, major := range env.HelmVersions {
		h, err := env.NewHelm(ctx, major, os.Stderr)
		if err != nil {
			return fail(err)
		}
		helms[major] = h
	}
	startCluster = sync.OnceValues(func() (*env.Env, error) { return newCluster(ctx) })
	defer func() {
		if err := stopCluster(); err != nil {
			code = fail(err)
		}
	}()
	return m.Run()
}

// withEachHelm runs a test with Helm 3 and with Helm 4.
func withEachHelm(t *testing.T, test func(t *testing.T, h *env.Helm)) {
	t.Helper()
	for _, major := range env.HelmVersions {
		t.Run("Helm "+helms[major].Version, func(t *testing.T) { test(t, helms[major]) })
	}
}
