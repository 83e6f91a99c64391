package build

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Program is the static glootrace binary for a platform, and what went into it.
type Program struct {
	Platform
	Binary []byte
	Info   *buildinfo.BuildInfo
	Terms  []byte // of what of others is in it
}

// Compile builds the program. Nothing of this machine is to be seen in it.
func Compile(ctx context.Context, o Options, p Platform) (Program, error) {
	dir, err := os.MkdirTemp("", "glootrace-build-")
	if err != nil {
		return Program{}, err
	}
	defer os.RemoveAll(dir)
	modules, err := modulesFrom(ctx)
	if err != nil {
		return Program{}, err
	}
	path := filepath.Join(dir, "glootrace")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X main.version="+o.Version, "-o", path, "./cmd/glootrace")
	cmd.Dir = o.Source
	cmd.Env = append(append(os.Environ(), modules...), "GOOS="+p.OS, "GOARCH="+p.Arch, "CGO_ENABLED=0",
		"GOENV=off", "GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0", "GOFIPS140=off")
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
	terms, err := thirdParty(ctx, o, cmd.Env, info)
	if err != nil {
		return Program{}, fmt.Errorf("licenses of what is in the binary: %w", err)
	}
	return Program{p, binary, info, terms}, nil
}

// modulesFrom are the settings that say where modules come from and are kept. What somebody has set by go env -w counts for
// these, and for nothing that could be seen in a program.
func modulesFrom(ctx context.Context) (env []string, err error) {
	names := []string{"GOPATH", "GOMODCACHE", "GOCACHE", "GOPROXY", "GOPRIVATE", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS"}
	out, err := exec.CommandContext(ctx, "go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	for i, value := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		env = append(env, names[i]+"="+value)
	}
	return env, nil
}
