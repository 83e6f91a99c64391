package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// demo is a running test/demo that has come to its end and goes on running.
type demo struct {
	trace string // the URL of Zipkin's page of its trace
	cmd   *exec.Cmd
	out   io.Reader
}

// What the demo prints: first the one, then the other.
var traceURL = regexp.MustCompile(`^the trace in Zipkin: (\S+)$`)

const goesOn = "It goes on running until Ctrl-C"

// startDemo starts the demo and waits until it goes on running. If it fails it says itself why, on standard error.
func startDemo(ctx context.Context) (*demo, error) {
	tmp, err := os.MkdirTemp("", "glootrace-screenshots-")
	if err != nil {
		return nil, fmt.Errorf("folder of the demo: %w", err)
	}
	defer os.RemoveAll(tmp) // a running program needs its file no more
	// Not by go run, which passes no signals on.
	binary := filepath.Join(tmp, "demo")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./demo")
	build.Dir, build.Stderr = "test", os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build the demo: %w", err)
	}
	cmd := exec.CommandContext(ctx, binary)
	cmd.Env = append(os.Environ(), "DEMO_KEEP=1")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("output of the demo: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the demo: %w", err)
	}
	d := &demo{cmd: cmd, out: out}
	if err := d.await(); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// await reads what the demo prints until it goes on running.
func (d *demo) await() error {
	lines := bufio.NewScanner(d.out)
	for lines.Scan() {
		if found := traceURL.FindStringSubmatch(lines.Text()); found != nil {
			d.trace = found[1]
		}
		if strings.Contains(lines.Text(), goesOn) && d.trace != "" {
			return nil
		}
	}
	return errors.Join(errors.New("the demo showed no trace"), lines.Err())
}

// stop ends the demo, which ends all that it has started.
func (d *demo) stop() error {
	d.cmd.Cancel() // fails if it has ended by itself
	_, readErr := io.Copy(io.Discard, d.out)
	if err := errors.Join(readErr, d.cmd.Wait()); err != nil {
		return fmt.Errorf("end of the demo: %w", err)
	}
	return nil
}
