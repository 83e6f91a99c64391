package integration

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// lint runs glootrace lint on manifests and returns what it prints, and its exit code.
func lint(t *testing.T, manifests string, args ...string) (said string, code int) {
	t.Helper()
	binary, err := cluster.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"lint", "-f", "-"}, args...)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG=/nowhere")
	cmd.Stdin = strings.NewReader(manifests)
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestLintLooksInTheCluster(t *testing.T) {
	ns := namespace(t)
	kubectl(t, upstream(ns, "live"), "apply", "-f", "-")
	in := []string{"--cluster", "--kubeconfig", cluster.Kubeconfig}
	for _, c := range []struct {
		what, manifests, want string
		code                  int
	}{
		{"in the cluster", gateway(ns, "g", otel(ns, "live")), "0 errors, 0 warnings in 1 document\n", 0},
		{"nowhere", gateway(ns, "g", otel(ns, "nope")), "Upstream " + ns + "/nope does not exist", 0},
		{"the file goes before the cluster", gateway(ns, "g", otel(ns, "live")) + "---" + strings.Replace(upstream(ns, "live"), "useHttp2: true", "useHttp2: false", 1),
			"2 errors, 0 warnings in 2 documents", 1},
	} {
		if said, code := lint(t, c.manifests, in...); !strings.Contains(said, c.want) || code != c.code {
			t.Errorf("%s: exit code %d:\n%s", c.what, code, said)
		}
	}
	if said, code := lint(t, gateway(ns, "g", otel(ns, "live")), "--cluster"); code != 2 || !strings.Contains(said, "error: ") {
		t.Errorf("without a cluster: exit code %d: %s", code, said)
	}
}

func TestLintTakesTheNamespaceOfTheContext(t *testing.T) {
	ns := namespace(t)
	src, err := os.ReadFile(cluster.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(config, src, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := cluster.Kubectl(context.Background(), "", "config", "set-context", "--kubeconfig", config, "--current", "--namespace", ns); err != nil {
		t.Fatal(err)
	}
	manifest := "apiVersion: gateway.solo.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: []\n"
	if said, _ := lint(t, manifest, "--cluster", "--kubeconfig", config); !strings.Contains(said, "Gateway "+ns+"/g") {
		t.Errorf("lint says\n%s", said)
	}
	if said, _ := lint(t, manifest, "--cluster", "--kubeconfig", config, "-n", "other"); !strings.Contains(said, "Gateway other/g") {
		t.Errorf("lint says\n%s", said)
	}
}
