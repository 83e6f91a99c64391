package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/x509"
	"debug/buildinfo"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/glootrace/glootrace/.ci/image/build"
)

const source = "../.."

// out is the folder that all tests read; TestMain removes it.
var out string

func TestMain(m *testing.M) {
	var err error
	if out, err = os.MkdirTemp("", "glootrace-image-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(out)
	os.Exit(code)
}

func imageJob(source, out string) job {
	return job{out: out, arch: runtime.GOARCH, Options: build.Options{
		Source: source, Version: "v1.2.3-test", Revision: "0123abc", Created: time.Unix(1750000000, 0).UTC(),
		Tag: name.MustParseReference("registry.example/team/glootrace:1.2.3-test").(name.Tag),
	}}
}

var buildOnce = sync.OnceValue(func() error { return imageJob(source, out).run(context.Background()) })

// built builds the image for the first test that asks and returns the archive and the SBOM.
func built(t *testing.T) (archive, sbom string) {
	t.Helper()
	if err := buildOnce(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(out, "glootrace-image.tar"), filepath.Join(out, "glootrace.spdx.json")
}

func TestSameSourceElsewhereGivesTheSameBytes(t *testing.T) {
	archive, sbom := built(t)
	elsewhere, again := t.TempDir(), t.TempDir()
	copySource(t, elsewhere)
	t.Setenv("GOFLAGS", "-buildvcs=auto")
	settings := filepath.Join(t.TempDir(), "env") // as go env -w writes it
	if err := os.WriteFile(settings, []byte("GOFLAGS=-gcflags=-N\nGOFIPS140=v1.0.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOENV", settings)
	t.Setenv("GOAMD64", "v2")
	if err := imageJob(elsewhere, again).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{archive, sbom} {
		if name := filepath.Base(path); !bytes.Equal(read(t, path), read(t, filepath.Join(again, name))) {
			t.Errorf("%s is another one", name)
		}
	}
	written, err := os.ReadDir(again)
	if err != nil || len(written) != 2 {
		t.Errorf("in the folder: %v, %v", written, err)
	}
}

// copySource copies what glootrace is built from into another repository.
func copySource(t *testing.T, to string) {
	t.Helper()
	for _, args := range [][]string{{"init", "-q"}, {"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", "another"}} {
		if out, err := exec.Command("git", append([]string{"-C", to}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	root := os.DirFS(source)
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path == "bin" || path == "test" || path == "testdata" || path == ".git" {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, path), 0o755)
		}
		if path == ".git" { // of a worktree
			return nil
		}
		data, err := fs.ReadFile(root, path)
		return errors.Join(err, os.WriteFile(filepath.Join(to, path), data, 0o600))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestArchiveIsOneImageForDockerAndForOCI(t *testing.T) {
	archive, _ := built(t)
	tag := imageJob("", "").Tag
	docker, err := tarball.ImageFromPath(archive, &tag)
	if err != nil {
		t.Fatal(err)
	}
	oci := ociImage(t, archive)
	for door, image := range map[string]v1.Image{"Docker": docker, "OCI": oci} {
		if err := validate.Image(image); err != nil {
			t.Errorf("%s: %v", door, err)
		}
	}
	id, err := docker.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	if other, err := oci.ConfigName(); err != nil || id != other {
		t.Errorf("ids %s and %s, %v", id, other, err)
	}
}

// ociImage unpacks the archive and reads the one image of the OCI layout.
func ociImage(t *testing.T, archive string) v1.Image {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xf", archive, "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 {
		t.Fatalf("%d images in the layout", len(manifest.Manifests))
	}
	image, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func TestImageSaysWhatItIs(t *testing.T) {
	archive, _ := built(t)
	config, err := ociImage(t, archive).ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if c := config.Config; c.User != "65532:65532" || !slices.Equal(c.Entrypoint, []string{"/usr/bin/glootrace"}) {
		t.Errorf("user %s, entrypoint %s", c.User, c.Entrypoint)
	}
	if p := config.Platform(); p.String() != "linux/"+runtime.GOARCH {
		t.Errorf("platform %s", p)
	}
	for label, want := range map[string]string{
		"version": "v1.2.3-test", "revision": "0123abc", "created": "2025-06-15T15:06:40Z", "licenses": "Apache-2.0",
		"source": "https://github.com/glootrace/glootrace",
	} {
		if got := config.Config.Labels["org.opencontainers.image."+label]; got != want {
			t.Errorf("label %s: %q, want %q", label, got, want)
		}
	}
}

func TestImageHoldsNothingButTheProgramItsTermsUsersAndCAs(t *testing.T) {
	archive, _ := built(t)
	files := content(t, ociImage(t, archive))
	var names []string
	for name, f := range files {
		names = append(names, name)
		if h := f.header; h.Uid != 0 || h.Gid != 0 || h.Mode&0o022 != 0 {
			t.Errorf("%s belongs to %d:%d and has mode %o", name, h.Uid, h.Gid, h.Mode)
		}
	}
	slices.Sort(names)
	want := []string{"etc", "etc/group", "etc/passwd", "etc/ssl", "etc/ssl/certs", "etc/ssl/certs/ca-certificates.crt", "usr", "usr/bin", "usr/bin/glootrace",
		"usr/share", "usr/share/doc", "usr/share/doc/glootrace", "usr/share/doc/glootrace/LICENSE", "usr/share/doc/glootrace/THIRD_PARTY.txt"}
	if !slices.Equal(names, want) {
		t.Errorf("got %s\nwant %s", names, want)
	}
	n := 0
	for block, more := pem.Decode(files["etc/ssl/certs/ca-certificates.crt"].data); block != nil; block, more = pem.Decode(more) {
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			t.Error(err)
		}
		n++
	}
	if n < 100 || !bytes.Contains(files["etc/passwd"].data, []byte("\nnonroot:x:65532:65532:")) {
		t.Errorf("%d CA certificates, users:\n%s", n, files["etc/passwd"].data)
	}
}

func TestProgramRunsWithoutAnythingElse(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the image is for Linux")
	}
	archive, _ := built(t)
	binary := program(t, archive)
	for setting, want := range map[string]string{"CGO_ENABLED": "0", "-trimpath": "true", "vcs.revision": ""} {
		if got := settings(t, binary)[setting]; got != want {
			t.Errorf("built with %s=%s, want %q", setting, got, want)
		}
	}
	said, err := exec.Command(binary, "version").CombinedOutput()
	if want := "glootrace v1.2.3-test ("; err != nil || !strings.HasPrefix(string(said), want) {
		t.Errorf("version: %v, %s", err, said)
	}
}

func TestTermsOfAllThatIsInTheProgramAreInTheImage(t *testing.T) {
	archive, _ := built(t)
	info, err := buildinfo.ReadFile(program(t, archive))
	if err != nil {
		t.Fatal(err)
	}
	text := string(content(t, ociImage(t, archive))["usr/share/doc/glootrace/THIRD_PARTY.txt"].data)
	want := []string{"the standard library of " + info.GoVersion, rootsFrom, "Apache License", "Redistribution and use in source and binary forms",
		"/pkg/internal/third_party/go-json-experiment/json\n"} // which k8s.io/kube-openapi has from somebody else
	for _, m := range info.Deps {
		want = append(want, "\n"+m.Path+" "+m.Version+"\n")
	}
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("there is no %q", w)
		}
	}
}

// program takes the binary out of the image.
func program(t *testing.T, archive string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "glootrace")
	if err := os.WriteFile(path, content(t, ociImage(t, archive))["usr/bin/glootrace"].data, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func settings(t *testing.T, binary string) map[string]string {
	t.Helper()
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, s := range info.Settings {
		all[s.Key] = s.Value
	}
	return all
}

type entry struct {
	header *tar.Header
	data   []byte
}

// content is the image's file system, by clean path.
func content(t *testing.T, image v1.Image) map[string]entry {
	t.Helper()
	stream := mutate.Extract(image)
	defer stream.Close()
	files := map[string]entry{}
	for r := tar.NewReader(stream); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimSuffix(h.Name, "/")] = entry{h, data}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
