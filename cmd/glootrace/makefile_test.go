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

// Go's race can not be had at will, so what it prints is in its place.
func TestTheEndOfTheTimeIsNoFailureOfFuzzing(t *testing.T) {
	for said, fails := range map[string]bool{
		"fuzz: elapsed: 1m0s, execs: 9 (0/sec)\n--- FAIL: FuzzA (60.13s)\n    context deadline exceeded\nFAIL\n":                                       false,
		"--- FAIL: FuzzA (0.07s)\n    --- FAIL: FuzzA (0.00s)\n        a_test.go:9: context deadline exceeded\n    Failing input written to x\nFAIL\n": true,
		"./a.go:1:1: undefined: a\nFAIL\n": true,
	} {
		dir := t.TempDir()
		script := "#!/bin/sh\ncase $* in *-list*) printf 'FuzzA\\nok p 0.1s\\n';; *) printf '%s' \"$SAID\"; exit 1;; esac\n"
		if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("make", "-C", "../..", "fuzz")
		cmd.Env = append(os.Environ(), "MAKEFLAGS=", "SAID="+said, "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); (err != nil) != fails {
			t.Errorf("%v for what Go says:\n%s\nmake says:\n%s", err, said, out)
		}
	}
}
