// Package integration tries glootrace against a real kube-apiserver and etcd.
package integration

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/glootrace/glootrace/test/env"
)

// cluster is the control plane that all tests of this package share, and
// webhook the glootrace that it calls.
var (
	cluster *env.Env
	webhook *env.Webhook
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	var err error
	if cluster, err = env.Start(ctx, env.Options{Progress: os.Stderr}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := cluster.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}()
	if _, _, err = cluster.Kubectl(ctx, before, "apply", "-f", "-"); err == nil {
		webhook, err = cluster.Webhook(ctx, "")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// before is what the cluster holds from the time before the webhook.
const before = `
apiVersion: v1
kind: Namespace
metadata: {name: gloo-system}
---
apiVersion: gateway.solo.io/v1
kind: Gateway
metadata: {name: broken-before, namespace: gloo-system}
spec:
  httpGateway:
    options:
      httpConnectionManagerSettings:
        tracing: {openCensusConfig: {}}
`
