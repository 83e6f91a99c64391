package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// compile builds the static glootrace binary and reads what went into it. Nothing of this machine is to be seen in it.
func compile(ctx context.Context, o Options) ([]byte, *buildinfo.BuildInfo, error) {
	dir, err := os.MkdirTemp("", "glootrace-image-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "glootrace")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X main.version="+o.Version, "-o", path, "./cmd/glootrace")
	cmd.Dir = o.Source
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+o.Arch, "CGO_ENABLED=0",
		"GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("build glootrace for linux/%s: %w\n%s", o.Arch, err, out)
	}
	binary, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return nil, nil, fmt.Errorf("modules of the binary: %w", err)
	}
	return binary, info, nil
}
