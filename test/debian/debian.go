// Package debian installs what tests and demo run and the machine does not have yet.
package debian

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// Install makes sure that a program is installed: on Debian, for root, it installs the packages that have it.
func Install(ctx context.Context, progress io.Writer, program string, packages ...string) error {
	if installed(program) {
		return nil
	}
	apt, err := exec.LookPath("apt-get")
	if err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("%s is needed and not installed; on Debian: apt-get update && apt-get install %s", program, packages[0])
	}
	unlock, err := lock(apt)
	if err != nil {
		return fmt.Errorf("%s is needed and could not be installed: %w", program, err)
	}
	defer unlock()
	if installed(program) { // another process has done it while this one waited
		return nil
	}
	fmt.Fprintf(progress, "installing Debian's package %s for %s: once\n", packages[0], program)
	install := append([]string{"install", "--yes", "--no-install-recommends"}, packages...)
	for _, args := range [][]string{{"update"}, install} {
		cmd := exec.CommandContext(ctx, apt, append([]string{"--quiet", "--option=DPkg::Lock::Timeout=300"}, args...)...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s is needed and could not be installed: apt-get %s: %w\n%s", program, args[0], err, out)
		}
	}
	return nil
}

func installed(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// lock keeps two processes from installing at once: apt-get update does not wait for another one. The lock is on a
// file that is there anyway, and the kernel releases it if this process dies.
func lock(path string) (unlock func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}
