package env

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/cert"

	"github.com/glootrace/glootrace/test/port"
)

const (
	readyWithin = time.Minute
	stopWithin  = 30 * time.Second
)

// Webhook is a running `glootrace webhook` that the API server calls.
type Webhook struct {
	// Address is where it serves admission reviews, Health and Metrics where it answers /healthz, /readyz and /metrics:
	// host and port.
	Address, Health, Metrics string
	// CertDir has its certificate, tls.crt, and tls.key.
	CertDir string
	// ReadyAfter is how long after its start it was ready.
	ReadyAfter time.Duration

	cmd          *exec.Cmd
	log          *output
	exited       chan struct{}
	exitErr      error
	registration *registration
	stop         func() error
}

// Webhook builds and starts glootrace with a policy file, unless its name is empty, and with flags of its own, of which the last one counts, waits
// until it is ready, and registers it at the API server. It ends with Stop, with the Env, or with ctx.
func (e *Env) Webhook(ctx context.Context, policy string, flags ...string) (*Webhook, error) {
	binary, err := e.Glootrace(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(e.dir, "webhook-")
	if err != nil {
		return nil, fmt.Errorf("folder of the webhook: %w", err)
	}
	caBundle, err := servingCertificate(dir)
	if err != nil {
		return nil, err
	}
	free, err := port.Free("127.0.0.1", 3)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(free[0])
	if err != nil {
		return nil, err
	}
	w := &Webhook{Address: free[0], Health: free[1], Metrics: free[2], CertDir: dir, log: new(output), exited: make(chan struct{})}
	if w.registration, err = newRegistration(e.Config, w.Address, caBundle); err != nil {
		return nil, err
	}
	args := []string{"webhook",
		"--cert-dir", dir,
		"--bind-address", host, "--port", port,
		"--health-address", w.Health, "--metrics-address", w.Metrics,
		"--kubeconfig", e.Kubeconfig}
	if policy != "" {
		args = append(args, "--policy", policy)
	}
	w.cmd = exec.Command(binary, append(args, flags...)...)
	// Through a pipe, not into a file: should this process die, the webhook dies at its next line of log.
	w.cmd.Stdout, w.cmd.Stderr = w.log, w.log
	started := time.Now()
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start glootrace webhook: %w", err)
	}
	go func() { w.exitErr = w.cmd.Wait(); close(w.exited) }()
	w.stop = sync.OnceValue(func() error { defer e.forget(w); return w.end() })
	e.mu.Lock()
	e.running = append(e.running, w)
	e.mu.Unlock()
	context.AfterFunc(ctx, func() { w.Stop() })

	if err := w.ready(ctx); err != nil {
		return nil, errors.Join(err, w.Stop())
	}
	w.ReadyAfter = time.Since(started)
	if err := w.registration.install(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%w\nglootrace webhook:\n%s", err, tail(w.log.Bytes())), w.Stop())
	}
	return w, nil
}

// PID is its process.
func (w *Webhook) PID() int { return w.cmd.Process.Pid }

// Log is what the webhook has printed so far.
func (w *Webhook) Log() string { return string(w.log.Bytes()) }

// Stop takes the webhook's configurations away and ends it as a cluster would, by SIGTERM. It reports an exit that is
// not clean. It may be called more than once.
func (w *Webhook) Stop() error { return w.stop() }

func (w *Webhook) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	err := w.registration.remove(ctx)
	w.cmd.Process.Signal(syscall.SIGTERM) // fails only if it has exited, which exitErr tells
	select {
	case <-w.exited:
	case <-ctx.Done():
		w.cmd.Process.Kill()
		<-w.exited
		err = errors.Join(err, fmt.Errorf("glootrace webhook did not end within %v of SIGTERM", stopWithin))
	}
	if w.exitErr != nil {
		err = errors.Join(err, fmt.Errorf("glootrace webhook: %w\n%s", w.exitErr, tail(w.log.Bytes())))
	}
	return err
}

// ready waits until the webhook says that it is ready, or has exited.
func (w *Webhook) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	said := errors.New("nothing yet")
	err := wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		select {
		case <-w.exited:
			return false, errors.New("exited before it was ready")
		default:
		}
		said = get(ctx, "http://"+w.Health+"/readyz")
		return said == nil, nil
	})
	if err != nil {
		return fmt.Errorf("glootrace webhook: %w; /readyz says: %w\n%s", err, said, tail(w.log.Bytes()))
	}
	return nil
}

// get asks for a page and fails unless the answer is 200.
func get(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

// servingCertificate writes tls.crt and tls.key for this host into dir and returns the CA that signed them.
func servingCertificate(dir string) (caBundle []byte, err error) {
	crt, key, err := cert.GenerateSelfSignedCertKey("localhost", []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
	if err == nil {
		err = errors.Join(
			os.WriteFile(filepath.Join(dir, "tls.crt"), crt, 0o600),
			os.WriteFile(filepath.Join(dir, "tls.key"), key, 0o600))
	}
	if err != nil {
		return nil, fmt.Errorf("certificate of the webhook: %w", err)
	}
	return crt, nil // the leaf, then its CA
}
