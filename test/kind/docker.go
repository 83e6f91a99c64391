package kind

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/glootrace/glootrace/test/debian"
)

// docker makes sure that a Docker daemon runs: it installs Docker if there is none, and starts the daemon if none
// answers, which stop then ends.
func docker(ctx context.Context, progress io.Writer) (stop func() error, err error) {
	stop = func() error { return nil }
	if answers(ctx) {
		return stop, nil
	}
	if err := debian.Install(ctx, progress, "dockerd", "docker.io"); err != nil {
		return stop, err
	}
	if answers(ctx) { // the package may have started it
		return stop, nil
	}
	dir, err := os.MkdirTemp("", "glootrace-docker-")
	if err != nil {
		return stop, err
	}
	args, err := daemonArgs(dir)
	if err != nil {
		return stop, err
	}
	logs, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return stop, err
	}
	defer logs.Close()
	fmt.Fprintf(progress, "starting Docker's daemon, its log is %s\n", logs.Name())
	daemon := exec.Command("dockerd", args...)
	daemon.Stdout, daemon.Stderr = logs, logs
	daemon.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is not for it: the cluster goes first
	// The daemon may outlive this process: it must not hold on to a lock, say, that whoever started us has left open.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return stop, err
	}
	if err := daemon.Start(); err != nil {
		return stop, err
	}
	ended := make(chan error, 1)
	go func() { ended <- daemon.Wait() }()
	stop = func() error {
		err := daemon.Process.Signal(unix.SIGTERM)
		<-ended
		return errors.Join(err, os.RemoveAll(dir))
	}
	for !answers(ctx) {
		select {
		case err := <-ended:
			return func() error { return nil }, fmt.Errorf("dockerd does not run here, it ended (%w) and said:\n%s\n"+
				"It takes root with the right to mount and to make cgroups (in a container: --privileged), or a daemon that runs already, see DOCKER_HOST",
				err, end(logs.Name()))
		case <-ctx.Done():
			return stop, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return stop, nil
}

// end is the end of a file, where a program that failed says why.
func end(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

func answers(ctx context.Context) bool {
	return exec.CommandContext(ctx, "docker", "version").Run() == nil
}

//go:embed runc.sh
var runcWithout []byte

// daemonArgs are what dockerd has to be told on a machine where even root may not raise limits, as in many sandboxes:
// runc fails there to give a privileged container all capabilities.
func daemonArgs(dir string) ([]string, error) {
	if has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, unix.CAP_SYS_RESOURCE, 0, 0, 0); err != nil || has == 1 {
		return nil, err
	}
	runc := filepath.Join(dir, "runc")
	return []string{"--add-runtime=without=" + runc, "--default-runtime=without"}, os.WriteFile(runc, runcWithout, 0o755)
}
