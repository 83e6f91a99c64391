package datapath

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/glootrace/glootrace/test/cache"
	"github.com/glootrace/glootrace/test/env"
)

// CollectorBinary is the OpenTelemetry Collector of test/collector, built from its Go modules.
func CollectorBinary(ctx context.Context, progress io.Writer) (string, error) {
	src, err := env.SourceDir("collector")
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	for _, name := range []string{"components.go", "go.mod", "go.sum", "main.go"} {
		data, err := os.ReadFile(filepath.Join(src, name))
		if err != nil {
			return "", fmt.Errorf("sources of the collector: %w", err)
		}
		fmt.Fprintf(hash, "%s %d\n%s", name, len(data), data)
	}
	key := "collector-" + hex.EncodeToString(hash.Sum(nil))[:10]
	what := "the OpenTelemetry Collector, built from its Go modules (a minute or more)"
	dir, err := cache.Dir(ctx, key, what, progress, func(ctx context.Context, dir string) error {
		cmd := exec.CommandContext(ctx, "go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w",
			"-o", filepath.Join(dir, "otelcol"), ".")
		cmd.Dir = src
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
		return runTool(cmd)
	})
	return filepath.Join(dir, "otelcol"), err
}

// Collector is a running OpenTelemetry Collector: the collector, or the agent in front of it.
type Collector struct {
	*process
	// GRPC and HTTP are where it takes OTLP, Health and Metrics where it tells about itself: host and port. What its
	// configuration does not have is empty.
	GRPC, HTTP, Health, Metrics string

	run func(context.Context) (*process, error)
}

// StartCollector starts a collector with a configuration as it is in a cluster, and waits until it takes spans. Beside
// the configuration it is given only what differs on loopback: what it listens on, and where hosts find its exporters'
// endpoints. Env is NAME=value for what the configuration takes from its environment.
func StartCollector(ctx context.Context, name, config string, hosts Hosts, env ...string) (*Collector, error) {
	binary, err := CollectorBinary(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	c := new(Collector)
	overlay, err := c.overlay(config, hosts)
	if err != nil {
		return nil, fmt.Errorf("configuration of %s: %w", name, err)
	}
	c.run = func(ctx context.Context) (*process, error) {
		// As in a pod: the whole configuration in an environment variable.
		cmd := exec.Command(binary, "--config=env:CONFIG", "--config=yaml:"+overlay)
		cmd.Env = slices.Concat(os.Environ(), env, []string{"CONFIG=" + config})
		return start(ctx, name, cmd)
	}
	return c, c.Start(ctx)
}

// Start starts a collector again after Kill or Stop, on the same ports.
func (c *Collector) Start(ctx context.Context) (err error) {
	if c.process, err = c.run(ctx); err != nil {
		return err
	}
	return c.ready(ctx, c.live)
}

// Kill ends the collector as a crash would.
func (c *Collector) Kill() error { return c.kill() }

func (c *Collector) live(ctx context.Context) error {
	for _, address := range []string{c.GRPC, c.HTTP, c.Metrics} {
		if address == "" {
			continue
		}
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		conn.Close()
	}
	if c.Health == "" {
		return nil
	}
	_, err := get(ctx, "http://"+c.Health)
	return err
}

// Metric is the sum of one of the collector's own metrics, 0 if there is none of that name: "receiver_accepted_spans".
func (c *Collector) Metric(ctx context.Context, name string) (int, error) {
	data, err := get(ctx, "http://"+c.Metrics+"/metrics")
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for line := range strings.Lines(string(data)) {
		metric, _, _ := strings.Cut(line, "{") // its labels follow, which may hold spaces, then its value
		if strings.TrimSuffix(metric, "_total") != "otelcol_"+name {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndex(line, " ")+1:]), 64)
		if err != nil {
			return 0, fmt.Errorf("metric %s: %w", name, err)
		}
		sum += v
	}
	return int(sum), nil
}
