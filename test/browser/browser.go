// Package browser opens a page as a person would see it, scripts and all, in a headless Chromium.
package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	within = time.Minute // for the whole of it, by the clock
	// scripts is how long a page's scripts may go on, in a time of theirs: it leaps ahead when they only wait, and
	// stands still while they fetch.
	scripts = "10000" // ms
)

// Page is a page after its scripts have run.
type Page struct {
	DOM string // as HTML
	PNG []byte // a picture of its top, 1280 by 720
}

// Open renders a page. It installs Chromium if need be, and leaves nothing behind.
func Open(ctx context.Context, url string) (page Page, err error) {
	if err := Fetch(ctx, os.Stderr); err != nil {
		return Page{}, err
	}
	dir, err := os.MkdirTemp("", "glootrace-browser-")
	if err != nil {
		return Page{}, fmt.Errorf("folder of the browser: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	dom, err := run(ctx, dir, "--dump-dom", "--screenshot=page.png", "--window-size=1280,720", "--hide-scrollbars", url)
	if err != nil {
		return Page{}, fmt.Errorf("open %s: %w", url, err)
	}
	png, err := os.ReadFile(filepath.Join(dir, "page.png"))
	if err != nil {
		return Page{}, fmt.Errorf("open %s: no picture: %w", url, err)
	}
	return Page{dom, png}, nil
}

// run runs Chromium in a folder, where it also finds what is temporary and its settings, and returns what it prints.
// Nothing of it is left running.
func run(ctx context.Context, dir string, args ...string) (printed string, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	cmd := exec.CommandContext(ctx, "chromium", append([]string{
		"--headless",
		"--no-sandbox", // root can not have one, and the pages are our own
		"--disable-gpu",
		"--disable-dev-shm-usage", // it may be small in a container
		"--disable-quic",
		"--no-first-run",
		"--disable-background-networking",
		"--disable-component-update",
		"--disable-sync",
		"--user-data-dir=" + dir,
		"--virtual-time-budget=" + scripts,
	}, args...)...)
	cmd.Dir = dir
	// TMPDIR is relative: it makes a socket there, whose path must be short.
	cmd.Env = append(os.Environ(), "TMPDIR=.", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir)
	// Files, not pipes: a process that it leaves would hold those open.
	stdout, err := os.Create(filepath.Join(dir, "stdout"))
	if err != nil {
		return "", err
	}
	defer stdout.Close()
	stderr, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		return "", err
	}
	defer stderr.Close()
	cmd.Stdout, cmd.Stderr = stdout, stderr
	// A group of its own, so that all its processes can be ended.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Start(); err != nil {
		return "", err
	}
	err = cmd.Wait()
	cmd.Cancel() // whoever is left; fails if, as it should be, nobody is
	if err != nil {
		log, _ := os.ReadFile(stderr.Name())
		return "", fmt.Errorf("chromium: %w\n%s", errors.Join(ctx.Err(), err), log)
	}
	data, err := os.ReadFile(stdout.Name())
	if err == nil && len(bytes.TrimSpace(data)) == 0 {
		err = errors.New("chromium rendered nothing")
	}
	return string(data), err
}
