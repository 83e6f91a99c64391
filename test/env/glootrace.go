package env

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
)

// Glootrace builds the glootrace binary of this source tree, once for an Env, and returns its path. It goes with the Env.
func (e *Env) Glootrace(ctx context.Context) (string, error) {
	root, err := SourceDir("..")
	if err != nil {
		return "", err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	binary := filepath.Join(e.dir, "glootrace")
	if exists(binary) {
		return binary, nil
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/glootrace")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build glootrace: %w\n%s", err, tail(out))
	}
	return binary, nil
}

// End ends a glootrace as a cluster would, by SIGTERM, and says how it ended.
func End(cmd *exec.Cmd) error {
	cmd.Process.Signal(syscall.SIGTERM) // fails only if it has exited, which Wait tells
	return cmd.Wait()
}

// output collects what a process prints while others read it.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) Bytes() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.buf.Bytes())
}
