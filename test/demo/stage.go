package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/glootrace/glootrace/test/datapath"
	"github.com/glootrace/glootrace/test/env"
)

// stage is where the story happens: a control plane that calls glootrace, and a screen.
type stage struct {
	screen
	cluster *env.Env
	parts   []interface{ Stop() error } // whatever else runs, in the order of its start
	tmp     string                      // everything temporary, whoever makes it

	farewell func() // says, once, that all this is being ended

	agent           map[string]string // the environment of the injected agent
	gateway, zipkin string            // their URLs
}

// newStage is an empty one. From here on paths are relative to the root of the repository, where whoever types the
// commands that are shown is.
func newStage() (*stage, error) {
	_, here, _, _ := runtime.Caller(0)
	if err := os.Chdir(filepath.Join(filepath.Dir(here), "..", "..")); err != nil {
		return nil, fmt.Errorf("go to the root of the repository: %w", err)
	}
	tmp, err := os.MkdirTemp("", "glootrace-demo-")
	if err == nil {
		err = os.Setenv("TMPDIR", tmp)
	}
	s := &stage{screen: newScreen(), tmp: tmp}
	s.farewell = sync.OnceFunc(func() { s.progress("ending what was started") })
	return s, err
}

// start starts the control plane and the webhook.
func start(ctx context.Context, s *stage) (err error) {
	if err := datapath.Fetch(ctx, os.Stderr); err != nil {
		return err
	}
	s.progress("starting etcd and kube-apiserver")
	if s.cluster, err = env.Start(ctx, env.Options{Progress: os.Stderr}); err != nil {
		return err
	}
	if _, _, err := s.cluster.Kubectl(ctx, "", "create", "namespace", "gloo-system"); err != nil {
		return err
	}
	s.progress("building and starting glootrace webhook")
	_, err = s.cluster.Webhook(ctx, "")
	return err
}

// close ends whatever runs and removes whatever is temporary.
func (s *stage) close() (err error) {
	s.farewell()
	for _, part := range slices.Backward(s.parts) {
		err = errors.Join(err, part.Stop())
	}
	if s.cluster != nil {
		err = errors.Join(err, s.cluster.Stop())
	}
	return errors.Join(err, os.RemoveAll(s.tmp))
}

// kubectl shows a command and what kubectl prints to standard output and standard error. It must succeed.
func (s *stage) kubectl(ctx context.Context, args ...string) error {
	stdout, stderr, err := s.cluster.Kubectl(ctx, "", args...)
	if err == nil {
		s.blank()
		s.command("kubectl", args...)
		s.print(stderr + stdout)
	}
	return err
}

// invite says how to go on by hand.
func (s *stage) invite(ctx context.Context) {
	s.heading("It goes on running until Ctrl-C", "in another terminal, from the root of the repository:")
	s.blank()
	if kubectl, err := env.Assets(ctx, io.Discard); err == nil {
		s.command("export", "PATH="+kubectl+":$PATH")
	}
	s.command("export", "KUBECONFIG="+s.cluster.Kubeconfig)
	s.command("kubectl", "get", "-n", "gloo-system", "upstreams,gateways,virtualservices,pods")
	s.command("kubectl", "edit", "-n", "gloo-system", "gateways/gateway-proxy")
	s.command("kubectl", "replace", "-f", badEdits[0].file)
	s.command("curl", "-H", "'Host: your-host'", s.gateway+"/  # then look at "+s.zipkin+"/zipkin/")
	s.print("\nEdits are admitted or refused as on a cluster; Envoy stays with the objects as they were when it started.")
}
