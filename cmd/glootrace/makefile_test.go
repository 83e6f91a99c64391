package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// dryRun is what make would run, in a folder whose name has a space.
func dryRun(t *testing.T, args ...string) (dir, commands string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "with space")
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), makefile, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("make", append([]string{"--dry-run", "--no-print-directory", "-C", dir}, args...)...)
	cmd.Env = append(os.Environ(), "MAKEFLAGS=") // not those of make test
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir, string(out)
}

func TestSourcesMayBeInAFolderWithASpace(t *testing.T) {
	dir, commands := dryRun(t, "build", "image", "release-twice", "lint", "VERSION=v1.2.3")
	if n, quoted := strings.Count(commands, dir), strings.Count(commands, `"`+dir); n == 0 || n != quoted {
		t.Errorf("the folder stands there %d times, and %d times within quotes:\n%s", n, quoted, commands)
	}
}

// /etc/os-release, which scripts source, has a VERSION too.
func TestEnvironmentDoesNotNameTheVersion(t *testing.T) {
	for name, value := range map[string]string{"VERSION": "12 (bookworm)", "ARCH": "x86_64", "IMAGE": "debian:12"} {
		t.Setenv(name, value)
		if _, commands := dryRun(t, "build", "image"); strings.Contains(commands, value) {
			t.Errorf("%s of the environment counts:\n%s", name, commands)
		}
	}
}
