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
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/glootrace/glootrace/test/debian"
)

// docker makes sure that a Docker daemon runs: it installs Docker if there is none, and starts the daemon if none
// answers. What belongs to that daemon is in dir, by which endDaemon finds it, from another process too.
func docker(ctx context.Context, dir string, progress io.Writer) error {
	if answers(ctx) {
		return nil
	}
	if err := debian.Install(ctx, progress, "dockerd", "docker.io"); err != nil {
		return err
	}
	if answers(ctx) { // the package may have started it
		return nil
	}
	args, err := daemonArgs(dir)
	if err != nil {
		return err
	}
	logs, err := os.Create(filepath.Join(dir, "dockerd.log"))
	if err != nil {
		return err
	}
	defer logs.Close()
	fmt.Fprintf(progress, "starting Docker's daemon, its log is %s\n", logs.Name())
	daemon := exec.Command("dockerd", args...)
	daemon.Stdout, daemon.Stderr = logs, logs
	daemon.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is not for it: the cluster goes first
	// The daemon may outlive this process: it must not hold on to a lock, say, that whoever started us has left open.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return err
	}
	if err := daemon.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- daemon.Wait() }()
	for !answers(ctx) {
		select {
		case err := <-ended:
			return fmt.Errorf("dockerd does not run here, it ended (%w) and said:\n%s\n"+
				"It takes root with the right to mount and to make cgroups (in a container: --privileged), or a daemon that runs already, see DOCKER_HOST",
				err, end(logs.Name()))
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}

// pidFile is where the daemon writes its id. That it was told so tells it from another process that has got this id since.
func pidFile(dir string) string { return filepath.Join(dir, "dockerd.pid") }

// daemonOf returns the daemon that docker has started, nil if it does not run.
func daemonOf(dir string) *os.Process {
	text, err := os.ReadFile(pidFile(dir))
	if err != nil {
		return nil
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return nil
	}
	args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // empty when it has ended and nobody has asked how
	if err != nil || !slices.Contains(strings.Split(string(args), "\x00"), "--pidfile="+pidFile(dir)) {
		return nil
	}
	daemon, err := os.FindProcess(pid)
	if err != nil {
		return nil
	}
	return daemon
}

// endWithin is how long the daemon may take to end, with its containers, before it is killed.
var endWithin = time.Minute

// endDaemon ends the daemon that docker has started, if it runs, and waits for its end.
func endDaemon(dir string) error {
	daemon := daemonOf(dir)
	if daemon == nil {
		return nil
	}
	if err := daemon.Signal(unix.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end Docker's daemon: %w", err)
	}
	for end := time.Now().Add(endWithin); daemonOf(dir) != nil; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			return errors.Join(fmt.Errorf("end Docker's daemon: it did not end within %v, and was killed", endWithin), daemon.Kill())
		}
	}
	return nil
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

// daemonArgs are what dockerd has to be told; more on a machine where even root may not raise limits, as in many
// sandboxes: runc fails there to give a privileged container all capabilities.
func daemonArgs(dir string) ([]string, error) {
	args := []string{"--pidfile=" + pidFile(dir)}
	if has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, unix.CAP_SYS_RESOURCE, 0, 0, 0); err != nil || has == 1 {
		return args, err
	}
	runc := filepath.Join(dir, "runc")
	return append(args, "--add-runtime=without="+runc, "--default-runtime=without"), os.WriteFile(runc, runcWithout, 0o755)
}
