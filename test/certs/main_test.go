// Package certs tries glootrace's certificates on a real API server, which
// verifies them at each call of a webhook with failurePolicy Fail.
package certs

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/test/env"
)

// cluster is the control plane that all tests share; admin may do anything there.
var (
	cluster *env.Env
	admin   client.Client
)

func TestMain(m *testing.M) { os.Exit(env.Main(setUp, m.Run)) }

func setUp(ctx context.Context, e *env.Env) (err error) {
	cluster = e
	config := rest.CopyConfig(cluster.Config)
	config.QPS = -1 // the load is what tests say it is
	if admin, err = client.New(config, client.Options{}); err != nil {
		return err
	}
	permissions, err := documentedPermissions()
	if err == nil {
		_, _, err = cluster.Kubectl(ctx, before+permissions, "apply", "-f", "-")
	}
	return err
}

// documentedPermissions are those that the documentation calls exactly enough.
func documentedPermissions() (string, error) {
	page, err := os.ReadFile("../../docs/certificates.md")
	if err != nil {
		return "", err
	}
	_, rest, found := strings.Cut(string(page), "```yaml\n")
	permissions, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		return "", fmt.Errorf("docs/certificates.md: no permissions")
	}
	return permissions, nil
}

// glootrace is a client's configuration with the permissions of glootrace in a cluster.
func glootrace() *rest.Config {
	config := rest.CopyConfig(cluster.Config)
	config.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:gloo-system:glootrace",
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:gloo-system", "system:authenticated"},
	}
	return config
}

const before = `
apiVersion: v1
kind: Namespace
metadata: {name: gloo-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: load}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: glootrace-certificates}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: glootrace-certificates}
subjects: [{kind: ServiceAccount, namespace: gloo-system, name: glootrace}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: glootrace-certificates, namespace: gloo-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: glootrace-certificates}
subjects: [{kind: ServiceAccount, namespace: gloo-system, name: glootrace}]
---
`
