package build

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Program is the static glootrace binary for a platform, and what went into it.
type Program struct {
	Platform
	Binary []byte
	Info   *buildinfo.BuildInfo
}

// Compile builds the program. Nothing of this machine is to be seen in it.
func Compile(ctx context.Context, o Options, p Platform) (Program, error) {
	dir, err := os.MkdirTemp("", "glootrace-build-")
	if err != nil {
		return Program{}, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "glootrace")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X main.version="+o.Version, "-o", path, "./cmd/glootrace")
	cmd.Dir = o.Source
	cmd.Env = append(os.Environ(), "GOOS="+p.OS, "GOARCH="+p.Arch, "CGO_ENABLED=0",
		"GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return Program{}, fmt.Errorf("build glootrace for %s: %w\n%s", p, err, out)
	}
	binary, err := os.ReadFile(path)
	if err != nil {
		return Program{}, err
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return Program{}, fmt.Errorf("modules of the binary: %w", err)
	}
	return Program{p, binary, info}, nil
}
