package env

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

const kubernetes = "k8s.io/kubernetes"

// controlPlane is the Go module that holds Kubernetes of one version, and its etcd.
type controlPlane struct {
	version string
	files   map[string][]byte
}

// pinnedControlPlane is the module in test/controlplane, whose go.mod says which Kubernetes is the default.
func pinnedControlPlane() (controlPlane, error) {
	dir, err := SourceDir("controlplane")
	if err != nil {
		return controlPlane{}, err
	}
	c := controlPlane{files: map[string][]byte{}}
	for _, name := range []string{"main.go", "go.mod", "go.sum"} {
		if c.files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return controlPlane{}, fmt.Errorf("control plane module: %w", err)
		}
	}
	mod, err := modfile.Parse("go.mod", c.files["go.mod"], nil)
	if err != nil {
		return controlPlane{}, fmt.Errorf("control plane module: %w", err)
	}
	for _, r := range mod.Require {
		if r.Mod.Path == kubernetes {
			c.version = r.Mod.Version
		}
	}
	return c, nil
}

// otherControlPlane is the same program for another Kubernetes version, its go.mod made from that version's own.
func otherControlPlane(ctx context.Context, main []byte, version string) (controlPlane, error) {
	if !semver.IsValid(version) || semver.Major(version) != "v1" {
		return controlPlane{}, fmt.Errorf("K8S_VERSION %q: want a version such as v1.36.3", version)
	}
	download, err := goModDownload(ctx, "", kubernetes+"@"+version)
	if err != nil {
		return controlPlane{}, fmt.Errorf("K8S_VERSION %s: %w", version, err)
	}
	data, err := os.ReadFile(download.GoMod)
	if err != nil {
		return controlPlane{}, fmt.Errorf("go.mod of Kubernetes %s: %w", version, err)
	}
	mod, err := generateGoMod(data, version)
	if err == nil {
		mod, err = published(ctx, mod)
	}
	if err != nil {
		return controlPlane{}, fmt.Errorf("go.mod of Kubernetes %s: %w", version, err)
	}
	return controlPlane{version: version, files: map[string][]byte{"main.go": forVersion(main, version), "go.mod": mod}}, nil
}

// forVersion is the program as it compiles with a version: up to 1.33 the kubelet takes no context.
func forVersion(main []byte, version string) []byte {
	if semver.Compare(version, "v1.34.0") >= 0 {
		return main
	}
	return []byte(strings.NewReplacer("\t\"context\"\n", "", "context.Background()", "").Replace(string(main)))
}

// generateGoMod turns Kubernetes' own go.mod, which finds its staging modules in its repository, into one that takes
// them as they are published: staging modules of v1.X.Y have version v0.X.Y.
func generateGoMod(kubernetesMod []byte, version string) ([]byte, error) {
	from, err := modfile.Parse("go.mod", kubernetesMod, nil)
	if err != nil {
		return nil, err
	}
	staging := "v0" + strings.TrimPrefix(version, "v1")
	to := new(modfile.File)
	err = errors.Join(
		to.AddModuleStmt("github.com/glootrace/glootrace/test/controlplane"),
		to.AddGoStmt(from.Go.Version),
		to.AddRequire(kubernetes, version))
	for _, g := range from.Godebug {
		err = errors.Join(err, to.AddGodebug(g.Key, g.Value))
	}
	for _, r := range from.Require {
		if strings.HasPrefix(r.Mod.Path, "go.etcd.io/etcd/server/") {
			err = errors.Join(err, to.AddRequire(r.Mod.Path, r.Mod.Version))
		}
	}
	for _, r := range from.Replace {
		if strings.HasPrefix(r.New.Path, "./staging/") {
			err = errors.Join(err, to.AddReplace(r.Old.Path, "", r.Old.Path, staging))
		}
	}
	if err != nil {
		return nil, err
	}
	return to.Format()
}

// key names the build: everything that decides what comes out of it.
func (c controlPlane) key() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		fmt.Fprintf(h, "%s %d\n%s", name, len(c.files[name]), c.files[name])
	}
	return fmt.Sprintf("kubernetes-%s-%s", c.version, hex.EncodeToString(h.Sum(nil))[:10])
}

// buildCommand builds the module, written out in dir, into the file binary.
func (c controlPlane) buildCommand(ctx context.Context, dir, binary string) *exec.Cmd {
	// Without the version, kube-apiserver and kubectl take themselves for an unreleased one.
	const v = "k8s.io/component-base/version."
	minor := strings.TrimPrefix(semver.MajorMinor(c.version), "v1.")
	flags := fmt.Sprintf("-s -w -X %sgitVersion=%s -X %sgitMajor=1 -X %sgitMinor=%s", v, c.version, v, v, minor)
	mode := "-mod=readonly"
	if c.files["go.sum"] == nil {
		mode = "-mod=mod"
	}
	cmd := exec.CommandContext(ctx, "go", "build", mode, "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", binary, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	return cmd
}

// SourceDir is a folder of this module's source tree. A module within a module can not be embedded, so the sources
// have to be there; they are, since nobody gets this package otherwise.
func SourceDir(elem ...string) (string, error) {
	_, file, _, _ := runtime.Caller(0)
	if !filepath.IsAbs(file) {
		return "", errors.New("package env has to be built without -trimpath: it builds from its sources")
	}
	return filepath.Join(append([]string{filepath.Dir(filepath.Dir(file))}, elem...)...), nil
}

// ModuleDir is the folder of a module of the version that this module requires, in Go's module cache.
func ModuleDir(ctx context.Context, module string) (string, error) {
	test, err := SourceDir()
	if err != nil {
		return "", err
	}
	d, err := goModDownload(ctx, test, module)
	return d.Dir, err
}

type moduleDownload struct{ Dir, GoMod, Error string }

// goModDownload makes sure that a module is in the module cache and says where. Without @version it is the version
// that the module around dir requires.
func goModDownload(ctx context.Context, dir, module string) (moduleDownload, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	cmd.Dir = dir
	cmd.Env = moduleEnv()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var d moduleDownload
	if jsonErr := json.Unmarshal(out, &d); err == nil && jsonErr != nil {
		err = jsonErr
	}
	if err != nil {
		return d, fmt.Errorf("go mod download %s: %w\n%s%s", module, err, d.Error, stderr.String())
	}
	return d, nil
}

// moduleEnv is where go commands about modules run: no work space, no flags that whoever runs them has set.
func moduleEnv() []string { return append(os.Environ(), "GOWORK=off", "GOFLAGS=") }
