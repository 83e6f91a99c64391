package kind

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// start runs a script in the place of a daemon that was told another folder, or the same. It is under way by then.
func start(t *testing.T, dir, told, script string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sh", "-c", script+"; echo; read line", "dockerd", "--pidfile="+pidFile(told))
	if _, err := cmd.StdinPipe(); err != nil { // it waits for a line
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pidFile(dir), []byte(strconv.Itoa(cmd.Process.Pid)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// A daemon is found by the folder that it was started for, and ended; a process that only has its id is not.
func TestEndDaemon(t *testing.T) {
	dir := t.TempDir()
	daemon := start(t, dir, dir, ":")
	if daemonOf(dir) == nil {
		t.Error("it is not found")
	}
	if err := endDaemon(dir); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Wait(); err == nil {
		t.Error("it was not ended by a signal")
	}
	if err := endDaemon(dir); err != nil {
		t.Errorf("once it has ended: %v", err)
	}

	other := start(t, dir, t.TempDir(), ":")
	if daemonOf(dir) != nil {
		t.Error("another process is taken for it")
	}
	if err := endDaemon(dir); err != nil {
		t.Error(err)
	}
	if err := other.Process.Signal(os.Kill); err != nil {
		t.Errorf("another process was ended: %v", err)
	}
	other.Wait()
}

func TestADaemonThatDoesNotEndIsKilled(t *testing.T) {
	before := endWithin
	endWithin = 0
	t.Cleanup(func() { endWithin = before })
	dir := t.TempDir()
	daemon := start(t, dir, dir, "trap '' TERM")
	if err := endDaemon(dir); err == nil || !strings.Contains(err.Error(), "did not end within 0s, and was killed") {
		t.Errorf("got %v", err)
	}
	if err := daemon.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("it ended with %v", err)
	}
}
