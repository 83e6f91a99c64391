// Command run makes a cluster, loads the images of all that runs in it, and runs the end-to-end tests there. Its
// arguments are those of a test binary, such as -test.run. The cluster goes when the tests have ended, failed or were
// interrupted, but stays with E2E_KEEP=1 until the next run, or until this command is called with the argument clean; if
// they failed, the logs and objects of everything stay in the folder e2e-logs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/glootrace/glootrace/test/env"
	"github.com/glootrace/glootrace/test/kind"
)

// name is the cluster's.
const name = "glootrace"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	do := run
	if slices.Equal(os.Args[1:], []string{"clean"}) {
		do = func(ctx context.Context) error { return kind.Delete(ctx, name, os.Stderr) }
	}
	if err := do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "glootrace-e2e-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	programs, _, err := env.ControlPlane(ctx, os.Stderr)
	if err != nil {
		return err
	}
	tests := filepath.Join(dir, "e2e.test")
	if err := buildTests(ctx, tests); err != nil {
		return err
	}
	if err := named(ctx, tests, os.Args[1:]); err != nil {
		return err
	}
	binary := filepath.Join(dir, "glootrace")
	if err := build(ctx, "..", binary, "./cmd/glootrace"); err != nil {
		return err
	}
	unlock, err := kind.Lock(ctx, name, os.Stderr)
	if err != nil {
		return err
	}
	defer unlock()
	images, err := writeImages(ctx, dir, os.Stderr)
	if err != nil {
		return err
	}
	c, err := kind.Create(ctx, name, os.Stderr)
	if c == nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, collect(c, programs))
		}
		if os.Getenv("E2E_KEEP") == "1" {
			fmt.Fprintf(os.Stderr, "the cluster %s is still there: export KUBECONFIG=%s; make e2e-clean deletes it, and so does the next run\n", c.Name, c.Kubeconfig)
			return
		}
		err = errors.Join(err, c.Delete())
	}()
	if err != nil {
		return err
	}
	for _, archive := range images {
		if err := load(c, archive); err != nil {
			return fmt.Errorf("load images: %w", err)
		}
	}
	cmd := exec.CommandContext(ctx, tests, append([]string{"-test.v", "-test.timeout=30m"}, os.Args[1:]...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if cmd.Dir, err = env.SourceDir("e2e"); err != nil {
		return err
	}
	cmd.Env = append(os.Environ(), "E2E_NODE="+c.Node, "E2E_GLOOTRACE="+binary, "KUBECONFIG="+c.Kubeconfig,
		"PATH="+programs+string(filepath.ListSeparator)+os.Getenv("PATH"))
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("end-to-end tests: %w", err)
	}
	if len(os.Args) > 1 { // some of the tests only
		return nil
	}
	return note(ctx, programs, c.Kubeconfig)
}

// note has docs/compatibility.md say that the tests have passed on the Kubernetes that the cluster is of, whoever made its node.
func note(ctx context.Context, programs, kubeconfig string) error {
	out, err := exec.CommandContext(ctx, filepath.Join(programs, "kubectl"), "--kubeconfig", kubeconfig, "version", "--output=json").Output()
	if err != nil {
		return fmt.Errorf("version of the cluster: %w", err)
	}
	var version struct{ ServerVersion struct{ GitVersion string } }
	if err := json.Unmarshal(out, &version); err != nil {
		return fmt.Errorf("version of the cluster: %w", err)
	}
	cmd := exec.CommandContext(ctx, "go", "run", "./compatibility", "end-to-end", version.ServerVersion.GitVersion)
	if cmd.Dir, err = env.SourceDir(); err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("note in docs/compatibility.md: %w\n%s", err, out)
	}
	return nil
}

func load(c *kind.Cluster, archive string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	return c.Load(f)
}

func buildTests(ctx context.Context, binary string) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, "./e2e")
	cmd.Env = append(os.Environ(), "GOTMPDIR="+filepath.Dir(binary)) // what is killed there goes with that folder
	var err error
	if cmd.Dir, err = env.SourceDir(); err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the tests: %w\n%s", err, out)
	}
	return nil
}

// named fails if the arguments ask for tests of which there are none, before minutes go into a cluster for them.
func named(ctx context.Context, tests string, args []string) error {
	for _, arg := range args {
		run, is := strings.CutPrefix(arg, "-test.run=")
		if !is {
			continue
		}
		name, _, _ := strings.Cut(run, "/") // what follows are subtests
		out, err := exec.CommandContext(ctx, tests, "-test.list="+name).CombinedOutput()
		if err != nil {
			return fmt.Errorf("list the tests: %w\n%s", err, out)
		}
		if !strings.Contains(string(out), "Test") {
			return fmt.Errorf("RUN=%s: no test is called so; go test -list . ./e2e, in the folder test, lists them", run)
		}
	}
	return nil
}

// collect puts what tells why a test failed into the folder e2e-logs. It takes its time also when interrupted.
func collect(c *kind.Cluster, programs string) error {
	dir, err := env.SourceDir("..", "e2e-logs")
	if err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "logs and objects of everything are in %s\n", dir)
	err = c.Logs(dir)
	for _, what := range []string{"events", "nodes", "all", "configmaps", "gateways.gateway.solo.io,virtualservices.gateway.solo.io,upstreams.gloo.solo.io",
		"mutatingwebhookconfigurations,validatingwebhookconfigurations"} {
		cmd := exec.Command(filepath.Join(programs, "kubectl"), "--kubeconfig", c.Kubeconfig, "get", what, "--all-namespaces", "--output=yaml")
		out, _ := cmd.CombinedOutput() // what it could not get is said there
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, what+".yaml"), out, 0o644))
	}
	return err
}
