package datapath

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Fetch makes sure that Envoy, the collector and Zipkin are in the cache. Whatever starts one fetches it too; this is
// for those who want the waiting to be done before.
func Fetch(ctx context.Context, progress io.Writer) error {
	for _, fetch := range []func(context.Context, io.Writer) (string, error){envoyBinary, collectorBinary, zipkinJar} {
		if _, err := fetch(ctx, progress); err != nil {
			return err
		}
	}
	return nil
}

// tool makes sure that a program is installed: on Debian, for root, it installs the package that has it.
func tool(ctx context.Context, progress io.Writer, name, debianPackage string) error {
	if _, err := exec.LookPath(name); err == nil {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("%s is needed and not installed; on Debian: apt-get install %s", name, debianPackage)
	}
	fmt.Fprintf(progress, "installing %s for %s\n", debianPackage, name)
	for _, args := range [][]string{{"update"}, {"install", "--yes", "--no-install-recommends", debianPackage}} {
		cmd := exec.CommandContext(ctx, "apt-get", append([]string{"--quiet", "--option=DPkg::Lock::Timeout=300"}, args...)...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s is needed and could not be installed: apt-get %s: %w\n%s", name, args[0], err, tail(string(out)))
		}
	}
	return nil
}

// runTool runs a program that ends by itself; its output is in the error.
func runTool(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, tail(string(out)))
	}
	return nil
}

// repository is a folder of the source tree that this package was built from.
func repository(elem ...string) (string, error) {
	_, file, _, _ := runtime.Caller(0)
	if !filepath.IsAbs(file) {
		return "", errors.New("package datapath has to be built without -trimpath: it builds from its sources")
	}
	root := filepath.Join(filepath.Dir(file), "..", "..")
	return filepath.Join(append([]string{root}, elem...)...), nil
}
