package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/test/datapath"
	"github.com/glootrace/glootrace/test/debian"
	"github.com/glootrace/glootrace/test/env"
	"github.com/glootrace/glootrace/test/kind"
)

// writeImages writes archives of all that runs in the cluster, by the names that the chart, or a Gloo installation, has for
// it, into dir, and returns their paths.
func writeImages(ctx context.Context, dir string, progress io.Writer) ([]string, error) {
	var images []kind.Image
	for _, image := range []func(context.Context, string, io.Writer) (kind.Image, error){proxy, collector, zipkin, upstream, certManager} {
		i, err := image(ctx, dir, progress)
		if err != nil {
			return nil, err
		}
		images = append(images, i)
	}
	archive := filepath.Join(dir, "images.tar")
	f, err := os.Create(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := kind.Archive(f, images...); err != nil {
		return nil, err
	}
	own, err := glootrace(ctx, dir)
	return []string{archive, own}, errors.Join(err, f.Close())
}

// glootrace builds glootrace's own image as make image does, in the version that the chart installs.
func glootrace(ctx context.Context, dir string) (archive string, err error) {
	root, err := env.SourceDir("..")
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(filepath.Join(root, "charts", "glootrace", "Chart.yaml"))
	if err != nil {
		return "", err
	}
	var chart struct{ AppVersion string }
	if err := yaml.Unmarshal(data, &chart); err != nil {
		return "", fmt.Errorf("read Chart.yaml: %w", err)
	}
	cmd := exec.CommandContext(ctx, "go", "run", ".", "-source", root, "-out", dir, "-arch", runtime.GOARCH,
		"-tag", "ghcr.io/glootrace/glootrace:"+chart.AppVersion, "-version", chart.AppVersion)
	cmd.Dir = filepath.Join(root, ".ci", "image")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("image of glootrace: %w\n%s", err, out)
	}
	return filepath.Join(dir, "glootrace-image.tar"), nil
}

// proxy is Envoy, in the place of Gloo's gateway-proxy.
func proxy(ctx context.Context, _ string, progress io.Writer) (kind.Image, error) {
	binary, err := datapath.EnvoyBinary(ctx, progress)
	if err != nil {
		return kind.Image{}, err
	}
	l := kind.NewLayer()
	l.Add("/usr/local/bin/envoy", binary)
	return kind.Image{
		Name:       "quay.io/solo-io/gloo-envoy-wrapper:1.18.3",
		Layers:     []*kind.Layer{l},
		Entrypoint: []string{"/usr/local/bin/envoy"},
		User:       "10101",
	}, l.AddLibraries("/", binary)
}

// collector is the OpenTelemetry Collector, which is the agent too.
func collector(ctx context.Context, _ string, progress io.Writer) (kind.Image, error) {
	binary, err := datapath.CollectorBinary(ctx, progress)
	l := kind.NewLayer()
	l.Add("/otelcol-contrib", binary)
	return kind.Image{
		Name:       "otel/opentelemetry-collector-contrib:0.153.0",
		Layers:     []*kind.Layer{l},
		Entrypoint: []string{"/otelcol-contrib"},
		Cmd:        []string{"--config", "/etc/otelcol-contrib/config.yaml"},
		User:       "10001",
	}, err
}

// zipkin is Zipkin with the Java of this machine.
func zipkin(ctx context.Context, _ string, progress io.Writer) (kind.Image, error) {
	jar, err := datapath.ZipkinJar(ctx, progress)
	if err != nil {
		return kind.Image{}, err
	}
	if err := debian.Install(ctx, progress, "java", "default-jre-headless"); err != nil {
		return kind.Image{}, err
	}
	path, err := exec.LookPath("java")
	if err != nil {
		return kind.Image{}, err
	}
	binary, err := filepath.EvalSymlinks(path)
	if err != nil {
		return kind.Image{}, err
	}
	home := filepath.Dir(filepath.Dir(binary))
	script, err := env.SourceDir("e2e", "run", "start-zipkin")
	if err != nil {
		return kind.Image{}, err
	}
	l := kind.NewLayer()
	if err := l.AddTree(home); err != nil {
		return kind.Image{}, err
	}
	libraries, err := filepath.Glob(filepath.Join(home, "lib", "*.so"))
	if err != nil {
		return kind.Image{}, err
	}
	servers, err := filepath.Glob(filepath.Join(home, "lib", "server", "*.so"))
	if err != nil {
		return kind.Image{}, err
	}
	for _, program := range append(append(libraries, servers...), binary) {
		if err := l.AddLibraries("/", program); err != nil {
			return kind.Image{}, err
		}
	}
	l.Link("/usr/bin/java", binary)
	l.Add("/zipkin/zipkin.jar", jar)
	l.Add("/usr/local/bin/start-zipkin", script)
	return kind.Image{
		Name:       "openzipkin/zipkin:" + datapath.ZipkinVersion,
		Layers:     []*kind.Layer{l},
		Entrypoint: []string{"start-zipkin"},
		User:       "1000",
	}, l.AddPrograms("/", "/bin/sh")
}

// upstream is what the proxy sends requests to.
func upstream(ctx context.Context, dir string, _ io.Writer) (kind.Image, error) {
	return own(ctx, dir, "upstream")
}

// certManager is cert-manager.
func certManager(ctx context.Context, dir string, _ io.Writer) (kind.Image, error) {
	return own(ctx, dir, "certmanager")
}

// own is an image of a program of these tests.
func own(ctx context.Context, dir, name string) (kind.Image, error) {
	binary := filepath.Join(dir, name)
	l := kind.NewLayer()
	l.Add("/"+name, binary)
	return kind.Image{
		Name:       "glootrace/" + name + ":1",
		Layers:     []*kind.Layer{l},
		Entrypoint: []string{"/" + name},
		User:       "65532",
	}, build(ctx, ".", binary, "./e2e/"+name)
}

// build builds a program of the module in dir, seen from this one's.
func build(ctx context.Context, dir, binary, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, pkg)
	var err error
	if cmd.Dir, err = env.SourceDir(dir); err != nil {
		return err
	}
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}
