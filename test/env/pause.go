package env

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// The programs of a control plane that can be paused.
const (
	APIServer = "kube-apiserver"
	Etcd      = "etcd"
)

// Pause stops one of the control plane's programs where it is, as a machine does that is starved or suspended: its
// connections stay, and nobody answers. It goes on with resume.
func (e *Env) Pause(program string) (resume func() error, err error) {
	mark := "--secure-port=" + e.plane.ControlPlane.GetAPIServer().SecureServing.Port
	if program == Etcd {
		mark = "--data-dir=" + e.plane.ControlPlane.Etcd.DataDir
	}
	pid, err := child(mark)
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGSTOP)
	}
	if err != nil {
		return nil, fmt.Errorf("pause %s: %w", program, err)
	}
	return func() error { return syscall.Kill(pid, syscall.SIGCONT) }, nil
}

// child finds a process that this one has started by one of its arguments. It needs Linux's /proc.
func child(argument string) (pid int, err error) {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(line, []byte("\x00"+argument+"\x00")) {
			continue // gone, or another
		}
		status, err := os.ReadFile(filepath.Join(filepath.Dir(file), "status"))
		if err == nil && strings.Contains(string(status), fmt.Sprintf("\nPPid:\t%d\n", os.Getpid())) {
			return strconv.Atoi(filepath.Base(filepath.Dir(file)))
		}
	}
	return 0, errors.New("it is not among this process's children")
}
