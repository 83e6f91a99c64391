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

// Assets returns a folder with kube-apiserver, etcd and kubectl: KUBEBUILDER_ASSETS if it is set, else binaries of
// K8S_VERSION (by default the one that test/controlplane pins), built on first use and kept in the user's cache.
// It says on progress what it builds, and is silent when there is nothing to build.
func Assets(ctx context.Context, progress io.Writer) (string, error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		return dir, nil
	}
	c, err := pinnedControlPlane()
	if err != nil {
		return "", err
	}
	if v := os.Getenv("K8S_VERSION"); v != "" && v != c.version {
		if c, err = otherControlPlane(ctx, c.files["main.go"], v); err != nil {
			return "", err
		}
	}
	what := fmt.Sprintf("kube-apiserver, etcd and kubectl %s, built from their Go modules (some minutes)", c.version)
	return cache.Dir(ctx, c.key(), what, progress, c.build)
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
	for _, name := range []string{"kube-apiserver", "etcd", "kubectl"} {
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
