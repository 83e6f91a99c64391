package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/.ci/image/build"
)

const source = "../../.."

func parsed(t *testing.T, out string) release {
	t.Helper()
	r, err := parse([]string{"-source", source, "-out", out, "-version", "v1.2.3-rc.1"})
	if err != nil {
		t.Fatal(err)
	}
	r.Revision, r.Created = "0123abc", time.Unix(1750000000, 0).UTC()
	return r
}

// here is the only platform that is built for: others take as long again.
var here = build.Platform{OS: "linux", Arch: runtime.GOARCH}

func TestReleaseIsWholeAndTheSameTwice(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	if err := parsed(t, first).build(t.Context(), []build.Platform{here}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TZ", "Asia/Kathmandu")
	defer syscall.Umask(syscall.Umask(0o077))
	if err := parsed(t, second).build(t.Context(), []build.Platform{here}); err != nil {
		t.Fatal(err)
	}
	archive := "glootrace_1.2.3-rc.1_linux_" + here.Arch + ".tar.gz"
	want := []string{
		"SHA256SUMS", "glootrace-1.2.3-rc.1.tgz", "glootrace.krew.yaml", "glootrace_1.2.3-rc.1.spdx.json",
		"glootrace_1.2.3-rc.1_image.tar", archive,
	}
	if got := names(t, first); !slices.Equal(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	sums := string(read(t, first, "SHA256SUMS"))
	for _, name := range want {
		if !bytes.Equal(read(t, first, name), read(t, second, name)) {
			t.Errorf("%s is another one the second time", name)
		}
		if info, err := os.Stat(filepath.Join(second, name)); err != nil || info.Mode() != 0o644 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
		if line := fmt.Sprintf("%x  %s\n", sha256.Sum256(read(t, first, name)), name); name != "SHA256SUMS" && !strings.Contains(sums, line) {
			t.Errorf("SHA256SUMS lacks %s", line)
		}
	}
	t.Run("archive", func(t *testing.T) { archiveHoldsTheProgram(t, filepath.Join(first, archive)) })
	t.Run("page", func(t *testing.T) { installsByThePage(t, first) })
	t.Run("image", func(t *testing.T) { imageIsForItsPlatform(t, filepath.Join(first, want[4])) })
	t.Run("chart", func(t *testing.T) { chartIsOfTheVersion(t, filepath.Join(first, want[1])) })
	t.Run("krew", func(t *testing.T) { pluginIsTheArchive(t, first, archive) })
	t.Run("SPDX", func(t *testing.T) {
		doc, err := json.Read(bytes.NewReader(read(t, first, want[3])))
		if err != nil {
			t.Fatal(err)
		}
		if err := spdxlib.ValidateDocument(doc); err != nil {
			t.Error(err)
		}
		described, err := spdxlib.GetDescribedPackageIDs(doc)
		if err != nil || len(described) != 2 {
			t.Errorf("it is about %s, %v; want image and archive", described, err)
		}
	})
}

func archiveHoldsTheProgram(t *testing.T, path string) {
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xzf", path, "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	said, err := exec.Command(filepath.Join(dir, "glootrace"), "version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(said), "glootrace v1.2.3-rc.1 (") {
		t.Errorf("version: %v, %s", err, said)
	}
	if out, err := exec.Command("bash", "-n", filepath.Join(dir, "completion", "glootrace.bash")).CombinedOutput(); err != nil {
		t.Errorf("completion for bash: %v: %s", err, out)
	}
	for _, name := range []string{"LICENSE", "THIRD_PARTY.txt", "man/man1/glootrace.1", "man/man1/glootrace-lint.1", "completion/_glootrace", "completion/glootrace.fish", "completion/glootrace.ps1"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 || !info.ModTime().Equal(time.Unix(1750000000, 0)) {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

func imageIsForItsPlatform(t *testing.T, path string) {
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xf", path, "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	root, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(root); err != nil {
		t.Error(err)
	}
	manifest, err := root.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 || manifest.Manifests[0].Annotations["io.containerd.image.name"] != "ghcr.io/glootrace/glootrace:1.2.3-rc.1" {
		t.Fatalf("layout: %+v, %v", manifest, err)
	}
	index, err := root.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	images, err := index.IndexManifest()
	// With an artifactType skopeo before 1.16 would copy it under another digest.
	if err != nil || len(images.Manifests) != 1 || images.Manifests[0].Platform.String() != here.String() || images.Manifests[0].ArtifactType != "" {
		t.Errorf("image: %+v, %v", images, err)
	}
}

func chartIsOfTheVersion(t *testing.T, path string) {
	chart, err := loader.LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || !info.ModTime().Equal(time.Unix(1750000000, 0)) {
		t.Errorf("the file is of another date than the release: %v, %v", info.ModTime(), err)
	}
	if m := chart.Metadata; m.Version != "1.2.3-rc.1" || m.AppVersion != "1.2.3-rc.1" {
		t.Errorf("version %s of glootrace %s", m.Version, m.AppVersion)
	}
	unpacked, err := loader.LoadDir(filepath.Join(source, "charts", "glootrace"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(chart.Templates), len(unpacked.Templates); got != want || len(chart.Files) != len(unpacked.Files) {
		t.Errorf("%d templates of %d, %d files of %d", got, want, len(chart.Files), len(unpacked.Files))
	}
}

func pluginIsTheArchive(t *testing.T, dir, archive string) {
	var p plugin
	if err := yaml.UnmarshalStrict(read(t, dir, "glootrace.krew.yaml"), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Spec.Platforms) != 1 || p.Spec.Version != "v1.2.3-rc.1" {
		t.Fatalf("got %+v", p)
	}
	got := p.Spec.Platforms[0]
	if got.URI != "https://github.com/glootrace/glootrace/releases/download/v1.2.3-rc.1/"+archive || got.SHA256 != fmt.Sprintf("%x", sha256.Sum256(read(t, dir, archive))) {
		t.Errorf("got %+v", got)
	}
}

// TestArchivesOfOtherSystems: a zip with an .exe for Windows, a tar.gz for macOS.
func TestArchivesOfOtherSystems(t *testing.T) {
	r := parsed(t, t.TempDir())
	for platform, want := range map[build.Platform]string{
		{OS: "windows", Arch: "arm64"}: "glootrace_1.2.3-rc.1_windows_arm64.zip: glootrace.exe THIRD_PARTY.txt LICENSE",
		{OS: "darwin", Arch: "amd64"}:  "glootrace_1.2.3-rc.1_darwin_amd64.tar.gz: glootrace THIRD_PARTY.txt LICENSE",
	} {
		a, err := r.archive(build.Program{Platform: platform, Binary: []byte("program"), Info: new(buildinfo.BuildInfo)}, []build.File{{Name: "LICENSE", Mode: 0o644, Content: []byte("license")}})
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Name + ": " + strings.Join(list(t, read(t, r.out, a.Name), a.Name), " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// list are the names of the files in an archive.
func list(t *testing.T, archive []byte, name string) (names []string) {
	t.Helper()
	if strings.HasSuffix(name, ".zip") {
		z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			names = append(names, f.Name)
		}
		return names
	}
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
}

func TestAVersionIsNeeded(t *testing.T) {
	for _, version := range []string{"", "1.2.3", "v1.2", "v1.2.3+meta", "v1.2.3-5-gabc1234-dirty ", "v1.2.3-01", "v01.2.3", "latest"} {
		if _, err := parse([]string{"-version", version}); err == nil || !strings.Contains(err.Error(), "VERSION=v1.2.3") {
			t.Errorf("%q: %v", version, err)
		}
	}
}

func TestInterruptedBuildLeavesTheReleaseBefore(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "release/SHA256SUMS", "before")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := parsed(t, filepath.Join(dir, "release")).build(ctx, []build.Platform{here}); err == nil {
		t.Error("no error")
	}
	if got := names(t, dir); !slices.Equal(got, []string{"release"}) || string(read(t, dir, "release/SHA256SUMS")) != "before" {
		t.Errorf("there is %s", got)
	}
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
