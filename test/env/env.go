package env

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// Options say how an Env starts.
type Options struct {
	// Progress gets what takes long; nil discards it.
	Progress io.Writer
}

// Env is a running control plane that knows Gloo's CRDs.
type Env struct {
	// Config is for an administrator's client.
	Config *rest.Config
	// Kubeconfig is the file that says the same to programs.
	Kubeconfig string

	dir     string // everything temporary: kubeconfig, logs, kubectl's caches
	assets  string
	plane   *envtest.Environment
	logs    []*os.File
	stop    func() error
	mu      sync.Mutex
	running []*Webhook
}

// Start starts kube-apiserver and etcd and installs Gloo's CRDs. The control plane ends with Stop, with ctx, or with
// this process, however that ends.
func Start(ctx context.Context, options Options) (*Env, error) {
	if options.Progress == nil {
		options.Progress = io.Discard
	}
	log.SetLogger(logr.Discard()) // controller-runtime complains on stderr if nobody says where its logs go
	assets, err := Assets(ctx, options.Progress)
	if err != nil {
		return nil, err
	}
	crds, err := CRDs(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "glootrace-env-")
	if err != nil {
		return nil, fmt.Errorf("folder of the control plane: %w", err)
	}
	e := &Env{
		Kubeconfig: filepath.Join(dir, "kubeconfig"),
		dir:        dir,
		assets:     assets,
		plane:      &envtest.Environment{BinaryAssetsDirectory: assets, CRDs: crds},
	}
	e.stop = sync.OnceValue(e.stopAll)
	if err := e.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("control plane: %w%s", err, e.lastWords()), e.Stop())
	}
	context.AfterFunc(ctx, func() { e.Stop() })
	return e, nil
}

func (e *Env) start() (err error) {
	server, etcd := e.plane.ControlPlane.GetAPIServer(), &envtest.Etcd{}
	e.plane.ControlPlane.Etcd = etcd
	// Webhooks are called at their Service's endpoints: there is nothing here that would answer at its address.
	server.Configure().Set("enable-aggregator-routing", "true")
	for name, out := range map[string]*io.Writer{"kube-apiserver": &server.Err, "etcd": &etcd.Err} {
		f, err := os.Create(filepath.Join(e.dir, name+".log"))
		if err != nil {
			return err
		}
		e.logs, *out = append(e.logs, f), f
	}
	if e.Config, err = e.plane.Start(); err != nil {
		return err
	}
	return os.WriteFile(e.Kubeconfig, e.plane.KubeConfig, 0o600)
}

// Stop stops whatever this Env started, and reports a webhook that did not end well. It may be called more than once.
func (e *Env) Stop() error { return e.stop() }

func (e *Env) stopAll() error {
	e.mu.Lock()
	webhooks := slices.Clone(e.running)
	e.mu.Unlock()
	var errs []error
	for _, w := range webhooks {
		errs = append(errs, w.Stop())
	}
	errs = append(errs, e.plane.Stop())
	for _, f := range e.logs {
		f.Close()
	}
	return errors.Join(append(errs, os.RemoveAll(e.dir))...)
}

// forget leaves a webhook that has been stopped to whoever stopped it.
func (e *Env) forget(w *Webhook) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running = slices.DeleteFunc(e.running, func(r *Webhook) bool { return r == w })
}

// lastWords are the ends of the control plane's logs, for an error that would say nothing without them.
func (e *Env) lastWords() string {
	var b strings.Builder
	for _, f := range e.logs {
		if data, err := os.ReadFile(f.Name()); err == nil && len(data) > 0 {
			fmt.Fprintf(&b, "\n%s:\n%s", filepath.Base(f.Name()), tail(data))
		}
	}
	return b.String()
}

// Kubectl runs the real kubectl as this control plane's administrator. The error says what kubectl said.
func (e *Env) Kubectl(ctx context.Context, stdin string, args ...string) (stdout, stderr string, err error) {
	cmd := exec.CommandContext(ctx, filepath.Join(e.assets, "kubectl"), args...)
	cmd.Stdin = strings.NewReader(stdin)
	// A home of its own: kubectl caches discovery by address, and addresses come again with another API behind them.
	cmd.Env = append(os.Environ(), "KUBECONFIG="+e.Kubeconfig, "HOME="+e.dir)
	var out, warn bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &warn
	if err = cmd.Run(); err != nil {
		err = fmt.Errorf("kubectl %s: %w\n%s", strings.Join(args, " "), err, warn.String())
	}
	return out.String(), warn.String(), err
}
