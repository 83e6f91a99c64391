package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/cert"

	"github.com/glootrace/glootrace/test/port"
)

// server is a process that answers admission reviews, as it is measured.
type server struct {
	name             string
	address, metrics string // host and port
	pid              int
	stop             func()
}

// startFloor builds and starts the floor, with its files in dir.
func startFloor(ctx context.Context, dir string) (server, error) {
	binary := filepath.Join(dir, "floor")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./bench/floor").CombinedOutput(); err != nil {
		return server{}, fmt.Errorf("build the floor: %w\n%s", err, out)
	}
	crt, key, err := cert.GenerateSelfSignedCertKey("localhost", []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
	if err != nil {
		return server{}, fmt.Errorf("certificate of the floor: %w", err)
	}
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "tls.crt"), crt, 0o600),
		os.WriteFile(filepath.Join(dir, "tls.key"), key, 0o600)); err != nil {
		return server{}, err
	}
	free, err := port.Free("127.0.0.1", 2)
	if err != nil {
		return server{}, err
	}
	address, metrics := free[0], free[1]
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(binary, "-cert-dir", dir, "-port", port, "-metrics-address", metrics)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Start(); err != nil {
		return server{}, fmt.Errorf("start the floor: %w", err)
	}
	s := server{name: "floor", address: address, metrics: metrics, pid: cmd.Process.Pid, stop: func() {
		cmd.Process.Kill()
		cmd.Wait()
	}}
	err = wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return false, nil
		}
		return true, c.Close()
	})
	if err != nil {
		s.stop()
		return server{}, fmt.Errorf("wait for the floor: %w", err)
	}
	return s, nil
}

// cpu is the CPU time that the process has used, all its threads together.
// The scheduler counts it by nanoseconds, where /proc/PID/stat has hundredths of a second.
func (s server) cpu() (time.Duration, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.pid))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("CPU time of the %s: no threads in /proc: %w", s.name, err)
	}
	var sum time.Duration
	for _, f := range files {
		data, err := os.ReadFile(f)
		if errors.Is(err, os.ErrNotExist) { // the thread has ended
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("CPU time of the %s: %w", s.name, err)
		}
		ns, err := strconv.ParseInt(strings.Fields(string(data))[0], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("CPU time of the %s: %w", s.name, err)
		}
		sum += time.Duration(ns)
	}
	return sum, nil
}

// mallocs is how many objects the process has allocated, by its own metrics.
func (s server) mallocs(ctx context.Context) (float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.metrics+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("metrics of the %s: %w", s.name, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, fmt.Errorf("metrics of the %s: %w", s.name, err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "go_memstats_mallocs_total "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("metrics of the %s: no go_memstats_mallocs_total", s.name)
}

// forgetPeak has the kernel count the process's peak memory anew.
func (s server) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.pid), []byte("5"), 0)
}

// peak is the most memory that the process had since forgetPeak, in bytes.
func (s server) peak() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		return 0, fmt.Errorf("memory of the %s: %w", s.name, err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("memory of the %s: no VmHWM", s.name)
}
