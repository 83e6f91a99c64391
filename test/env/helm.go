package env

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/glootrace/glootrace/test/cache"
)

// HelmVersions are the major versions of Helm that Helm can be had in.
var HelmVersions = []string{"v3", "v4"}

// Helm is the real helm program.
type Helm struct {
	// Version is the whole version.
	Version string

	binary string
}

// NewHelm returns Helm of one of HelmVersions, built on first use and kept in the user's cache, in the version that
// test/helm pins.
func NewHelm(ctx context.Context, major string, progress io.Writer) (*Helm, error) {
	dir, err := SourceDir("helm", major)
	if err != nil {
		return nil, err
	}
	module, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("helm %s: %w", major, err)
	}
	mod, err := modfile.Parse("go.mod", module, nil)
	if err != nil {
		return nil, fmt.Errorf("helm %s: %w", major, err)
	}
	h := new(Helm)
	// As Helm's own Makefile has it: else Helm 3 takes a cluster that it does not ask to be Kubernetes 1.20.
	flags := "-s -w"
	for _, r := range mod.Require {
		switch r.Mod.Path {
		case "helm.sh/helm/" + major:
			h.Version = r.Mod.Version
		case "k8s.io/client-go":
			minor := strings.TrimPrefix(semver.MajorMinor(r.Mod.Version), "v0.")
			for _, in := range []string{"pkg/chartutil", "pkg/lint/rules"} {
				flags += fmt.Sprintf(" -X helm.sh/helm/%s/%s.k8sVersionMajor=1 -X helm.sh/helm/%[1]s/%[2]s.k8sVersionMinor=%[3]s", major, in, minor)
			}
		}
	}
	sum := sha256.Sum256(append(module, flags...))
	key := fmt.Sprintf("helm-%s-%s", h.Version, hex.EncodeToString(sum[:])[:10])
	kept, err := cache.Dir(ctx, key, "Helm "+h.Version+", built from its Go module (some minutes)", progress, func(ctx context.Context, to string) error {
		cmd := exec.CommandContext(ctx, "go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", flags,
			"-o", filepath.Join(to, "helm"), "helm.sh/helm/"+major+"/cmd/helm")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build: %w\n%s", err, tail(out))
		}
		return nil
	})
	h.binary = filepath.Join(kept, "helm")
	return h, err
}

// Run runs helm with a home of its own and returns what it printed. The error says what helm said.
func (h *Helm) Run(ctx context.Context, stdin, kubeconfig string, args ...string) (stdout string, err error) {
	home, err := os.MkdirTemp("", "glootrace-helm-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(home)
	cmd := exec.CommandContext(ctx, h.binary, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "HOME="+home, "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home, "KUBECONFIG="+kubeconfig)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("helm %s: %w\n%s", strings.Join(args, " "), err, said.String())
	}
	return out.String(), nil
}
