package browser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// Fetch makes sure that Chromium is installed: on Debian, for root, it installs the package. Whatever opens a page
// fetches it too; this is for those who want the waiting to be done before.
func Fetch(ctx context.Context, progress io.Writer) error {
	if installed() {
		return nil
	}
	apt, err := exec.LookPath("apt-get")
	if err != nil || os.Geteuid() != 0 {
		return errors.New("chromium is needed and not installed; on Debian: apt-get update && apt-get install chromium")
	}
	unlock, err := lock(apt)
	if err != nil {
		return fmt.Errorf("chromium is needed and could not be installed: %w", err)
	}
	defer unlock()
	if installed() { // another process has done it while this one waited
		return nil
	}
	fmt.Fprintln(progress, "installing Debian's package chromium: once, some 120 MB")
	for _, args := range [][]string{{"update"}, {"install", "--yes", "--no-install-recommends", "chromium"}} {
		cmd := exec.CommandContext(ctx, apt, append([]string{"--quiet", "--option=DPkg::Lock::Timeout=300"}, args...)...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("chromium is needed and could not be installed: apt-get %s: %w\n%s", args[0], err, out)
		}
	}
	return nil
}

func installed() bool {
	_, err := exec.LookPath("chromium")
	return err == nil
}

// lock keeps two test packages from installing at once: apt-get update does not wait for another one. The lock is on a
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
