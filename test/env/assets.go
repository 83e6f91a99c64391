package env

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/glootrace/glootrace/test/cache"
)

// Assets returns a folder with kube-apiserver, etcd and kubectl: KUBEBUILDER_ASSETS if it is set, else ControlPlane's.
func Assets(ctx context.Context, progress io.Writer) (string, error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		return dir, nil
	}
	dir, _, err := ControlPlane(ctx, progress)
	return dir, err
}

// ControlPlane returns a folder with all programs of Kubernetes and with etcd, and the version of Kubernetes that they
// are of: K8S_VERSION, by default the one that test/controlplane pins. They are links to one file, controlplane, built
// on first use and kept in the user's cache. It says on progress what it builds, and is silent when there is nothing to
// build.
func ControlPlane(ctx context.Context, progress io.Writer) (dir, version string, err error) {
	c, err := pinnedControlPlane()
	if err != nil {
		return "", "", err
	}
	if v := os.Getenv("K8S_VERSION"); v != "" && v != c.version {
		if c, err = otherControlPlane(ctx, c.files["main.go"], v); err != nil {
			return "", "", err
		}
	}
	what := fmt.Sprintf("Kubernetes %s and etcd, built from their Go modules (some minutes)", c.version)
	dir, err = cache.Dir(ctx, c.key(), what, progress, c.build)
	return dir, c.version, err
}

// KubernetesVersion is the version that ControlPlane returns.
func KubernetesVersion() (string, error) {
	if v := os.Getenv("K8S_VERSION"); v != "" {
		return v, nil
	}
	c, err := pinnedControlPlane()
	return c.version, err
}

// build puts a control plane's binaries into dir.
func (c controlPlane) build(ctx context.Context, dir string) error {
	src, err := os.MkdirTemp("", "glootrace-controlplane-")
	if err != nil {
		return fmt.Errorf("sources of the control plane: %w", err)
	}
	defer os.RemoveAll(src)
	for name, data := range c.files {
		if err := os.WriteFile(filepath.Join(src, name), data, 0o644); err != nil {
			return fmt.Errorf("sources of the control plane: %w", err)
		}
	}
	if out, err := c.buildCommand(ctx, src, filepath.Join(dir, "controlplane")).CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, tail(out))
	}
	for _, name := range []string{"etcd", "kubeadm", "kubectl", "kubelet", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler"} {
		err = errors.Join(err, os.Symlink("controlplane", filepath.Join(dir, name)))
	}
	return err
}

// tail is the end of a program's output, enough to see what went wrong.
func tail(out []byte) []byte {
	const lines = 20
	out = bytes.TrimRight(out, "\n")
	for i, n := len(out), 0; i > 0; i-- {
		if out[i-1] == '\n' {
			if n++; n == lines {
				return out[i:]
			}
		}
	}
	return out
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
