// Package integration tries glootrace against a real kube-apiserver and etcd.
package integration

import (
	"context"
	"os"
	"testing"

	"github.com/glootrace/glootrace/test/env"
)

// cluster is the control plane that all tests of this package share, and
// webhook the glootrace that it calls.
var (
	cluster *env.Env
	webhook *env.Webhook
)

func TestMain(m *testing.M) { os.Exit(env.Main(setUp, m.Run)) }

func setUp(ctx context.Context, e *env.Env) (err error) {
	cluster = e
	if _, _, err = cluster.Kubectl(ctx, before, "apply", "-f", "-"); err == nil {
		webhook, err = cluster.Webhook(ctx, "")
	}
	return err
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
