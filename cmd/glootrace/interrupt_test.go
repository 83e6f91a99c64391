package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestMain is the program itself for a test that starts it as a process.
func TestMain(m *testing.M) {
	if os.Getenv("GLOOTRACE_ARGS") != "" {
		os.Args = append([]string{"glootrace"}, strings.Fields(os.Getenv("GLOOTRACE_ARGS"))...)
		main()
	}
	os.Exit(m.Run())
}

// process is the program as a process of its own, not started yet.
func process(t *testing.T, args string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), "GLOOTRACE_ARGS="+args)
	return cmd
}

// silentCluster is the kubeconfig of an API server that takes connections, tells of each, and never says a word.
func silentCluster(t *testing.T) (kubeconfig string, asked <-chan net.Conn) {
	t.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	connections := make(chan net.Conn, 1000)
	go func() {
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			connections <- c
		}
	}()
	kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	write(t, kubeconfig, fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a}}],
clusters: [{name: a, cluster: {server: "http://%s"}}]}`, server.Addr()))
	return kubeconfig, connections
}

// TestOneSignalEndsEveryCommand: each of them waits for something that does not come, and dies by the signal, as a shell's
// loop has to see. Only the one that changes a cluster says what that means.
func TestOneSignalEndsEveryCommand(t *testing.T) {
	says := map[string]string{"backfill": "error: interrupted while it looked for what is to be done: nothing was changed\n"}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		for _, args := range []string{"lint -f -", "inject -f -", "check", "check --wait 1h", "check sampling", "verify", "verify --watch 1h", "backfill", "lint -f ../../testdata -R --cluster"} {
			t.Run(args, func(t *testing.T) {
				t.Parallel()
				want := says[args]
				reads := strings.HasSuffix(args, "-f -")
				kubeconfig, asked := silentCluster(t)
				if !reads {
					args += " --kubeconfig " + kubeconfig
				}
				cmd := process(t, args)
				var out, errs bytes.Buffer
				cmd.Stdout, cmd.Stderr = &out, &errs
				stdin, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if reads {
					_, err = io.Copy(stdin, strings.NewReader(strings.Repeat("a: 1\n", 1<<16))) // more than a pipe holds: it has begun to read
				} else {
					<-asked
				}
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				cmd.Wait() // fails, as it is killed
				if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != signal || out.Len() > 0 || errs.String() != want {
					t.Errorf("%v: %v: prints %s%s", signal, cmd.ProcessState, &out, &errs)
				}
			})
		}
	}
}

func TestInterruptedPrintsNoPartOfTheFiles(t *testing.T) {
	ctx, interrupt := context.WithCancelCause(t.Context())
	interrupt(interrupted{syscall.SIGTERM})
	for _, command := range []string{"lint", "inject", "uninject"} {
		var out, errs bytes.Buffer
		code := run(ctx, []string{"glootrace", command, "-f", "../../testdata", "-R"}, strings.NewReader(""), &out, &errs)
		if code != 143 || out.Len()+errs.Len() > 0 {
			t.Errorf("%s: exit code %d, prints %s%s", command, code, &out, &errs)
		}
	}
}
