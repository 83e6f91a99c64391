package kind

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// A daemon is found by the folder that it was started for, and ended; a process that only has its id is not.
func TestEndDaemon(t *testing.T) {
	start := func(dir, told string) *exec.Cmd {
		cmd := exec.Command("sh", "-c", "read line", "dockerd", "--pidfile="+pidFile(told))
		if _, err := cmd.StdinPipe(); err != nil { // it waits for a line
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(pidFile(dir), []byte(strconv.Itoa(cmd.Process.Pid)), 0o644); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	dir := t.TempDir()
	daemon := start(dir, dir)
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

	other := start(dir, t.TempDir())
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
