package integration

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
)

// kubectl runs kubectl and returns what it prints; it must succeed.
func kubectl(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	stdout, _, err := cluster.Kubectl(t.Context(), stdin, args...)
	if err != nil {
		t.Fatal(err)
	}
	return stdout
}

// warns runs kubectl, which must succeed, and returns what it prints to standard error.
func warns(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	_, stderr, err := cluster.Kubectl(t.Context(), stdin, args...)
	if err != nil {
		t.Fatal(err)
	}
	return stderr
}

// refused runs kubectl, which must fail, and returns what it prints to standard error.
func refused(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	_, stderr, err := cluster.Kubectl(t.Context(), stdin, args...)
	if err == nil {
		t.Fatalf("kubectl %q did what it should not:\n%s", args, stderr)
	}
	return stderr
}

var namespaces atomic.Int64

// namespace makes a namespace for one test. What the test leaves in it does not
// count as in use afterwards.
func namespace(t testing.TB) string {
	t.Helper()
	ns := fmt.Sprintf("test-%d", namespaces.Add(1))
	kubectl(t, "", "create", "namespace", ns)
	t.Cleanup(func() {
		for _, kind := range []string{"gateways.v1.gateway.solo.io", "virtualservices", "upstreams", "pods"} {
			if _, _, err := cluster.Kubectl(context.Background(), "", "delete", kind, "--all", "-n", ns, "--wait=false", "--grace-period=0", "--force"); err != nil {
				t.Error(err)
			}
		}
	})
	return ns
}
