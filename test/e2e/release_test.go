package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const (
	release = "glootrace"
	system  = "gloo-system"
	chart   = "../../charts/glootrace"
)

// runHelm runs helm, which must succeed, and returns what it printed.
func runHelm(t testing.TB, args ...string) string {
	t.Helper()
	out, err := helm.Run(context.WithoutCancel(t.Context()), "", os.Getenv("KUBECONFIG"), append(args, "--namespace", system)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// installed are the values that install has installed the chart with, nil if it is not installed.
var installed []string

// install installs the chart, or upgrades what is installed to it, and waits until everything runs. Values are
// key=value, or file:key=path for one that is in a file; all others are as they are by default.
func install(t testing.TB, values ...string) {
	t.Helper()
	if installed != nil && slices.Equal(values, installed) {
		return
	}
	installed = nil
	args := []string{"upgrade", release, chart, "--install", "--create-namespace", "--reset-values"}
	for _, v := range values {
		if file, ok := strings.CutPrefix(v, "file:"); ok {
			args = append(args, "--set-file", file)
		} else {
			args = append(args, "--set", v)
		}
	}
	runHelm(t, args...)
	await(t, "the release", func(ctx context.Context) error {
		err := available(ctx, system, release)
		for _, name := range []string{"otel-collector", "zipkin"} {
			off := strings.TrimPrefix(name, "otel-") + ".enabled=false"
			if !slices.Contains(values, off) {
				err = errors.Join(err, available(ctx, system, name))
			}
		}
		return err
	})
	installed = append([]string{}, values...)
}

// uninstall uninstalls the chart, if it is installed, and waits until nothing of it runs.
func uninstall(t testing.TB) {
	t.Helper()
	installed = nil
	runHelm(t, "uninstall", release, "--ignore-not-found", "--wait")
	if err := poll(context.WithoutCancel(t.Context()), func(ctx context.Context) error {
		left, err := pods(ctx, system, "app.kubernetes.io/part-of=glootrace,app.kubernetes.io/component!=test")
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("%d pods are left", len(left))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
