package datapath

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	readyWithin = time.Minute
	stopWithin  = 30 * time.Second
)

// process is a running program with its output in a file.
type process struct {
	name    string
	dir     string // everything temporary
	cmd     *exec.Cmd
	exited  chan struct{}
	exitErr error // to be read once exited is closed
	stop    func() error
}

// start starts a program. It ends with Stop, with ctx, or with this process, however that ends.
func start(ctx context.Context, name string, cmd *exec.Cmd) (*process, error) {
	dir, err := os.MkdirTemp("", "glootrace-"+name+"-")
	if err != nil {
		return nil, fmt.Errorf("folder of %s: %w", name, err)
	}
	p := &process{name: name, dir: dir, cmd: cmd, exited: make(chan struct{})}
	log, err := os.Create(p.logFile())
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", name, err)
	}
	defer log.Close()
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	// A group of its own: Ctrl-C in a terminal ends whoever stops it, not it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	started := make(chan error)
	go func() {
		// The kernel takes the end of the thread that started a child for the end of its parent: keep it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.exitErr = cmd.Wait()
			close(p.exited)
		}
	}()
	if err := <-started; err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), os.RemoveAll(dir))
	}
	p.stop = sync.OnceValue(p.end)
	context.AfterFunc(ctx, func() { p.Stop() })
	return p, nil
}

func (p *process) logFile() string { return filepath.Join(p.dir, "log") }

// Log is what the program has printed so far; nothing once it has been stopped.
func (p *process) Log() string {
	data, _ := os.ReadFile(p.logFile())
	return string(data)
}

// Stop ends the program by SIGTERM, or by SIGKILL if that does not help. It reports an end that was not asked for or
// not clean. It may be called more than once.
func (p *process) Stop() error { return p.stop() }

func (p *process) end() error {
	defer os.RemoveAll(p.dir)
	select {
	case <-p.exited:
		return fmt.Errorf("%s ended by itself: %v\n%s", p.name, p.exitErr, tail(p.Log()))
	default:
	}
	p.cmd.Process.Signal(syscall.SIGTERM) // fails only if it ends at this moment
	select {
	case <-p.exited:
	case <-time.After(stopWithin):
		p.cmd.Process.Kill()
		<-p.exited
		return fmt.Errorf("%s did not end within %v of SIGTERM\n%s", p.name, stopWithin, tail(p.Log()))
	}
	const javaAfterSIGTERM = 128 + int(syscall.SIGTERM)
	if state := p.cmd.ProcessState; !state.Success() && state.ExitCode() != javaAfterSIGTERM {
		return fmt.Errorf("%s ended after SIGTERM: %w\n%s", p.name, p.exitErr, tail(p.Log()))
	}
	return nil
}

// kill ends the program as a crash would.
func (p *process) kill() error {
	p.stop = sync.OnceValue(func() error { return os.RemoveAll(p.dir) })
	err := p.cmd.Process.Kill()
	<-p.exited
	return errors.Join(err, p.stop())
}

// ready waits until the program is what it is asked to be. If it does not get there it is stopped, and its log says why.
func (p *process) ready(ctx context.Context, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			err = p.exitErr
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
			continue
		}
		err = fmt.Errorf("%s did not get ready: %w\n%s", p.name, err, tail(p.Log()))
		p.Stop() // may complain of what err says already
		return err
	}
}

// tail is the end of a log, enough to see what went wrong. Envoy prints its whole bootstrap in one line: not that.
func tail(log string) string {
	const lines, columns = 20, 500
	all := strings.Split(strings.TrimRight(log, "\n"), "\n")
	all = all[max(0, len(all)-lines):]
	for i, line := range all {
		if len(line) > columns {
			all[i] = line[:columns] + "…"
		}
	}
	return strings.Join(all, "\n")
}

// get fetches a page and fails unless the answer is 200.
func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, &statusError{url, response.StatusCode, body.String()}
	}
	return body.Bytes(), nil
}

// statusError is an answer other than 200.
type statusError struct {
	url  string
	code int
	body string
}

func (e *statusError) Error() string { return fmt.Sprintf("%s: %d: %s", e.url, e.code, tail(e.body)) }
