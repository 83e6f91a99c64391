// Command release builds all that a release of glootrace is made of: programs, the container image, the Helm chart, the
// manifest for krew, the SPDX document and the checksums. The same commit, version and Go give the same bytes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/Masterminds/semver/v3"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/glootrace/glootrace/.ci/image/build"
)

// platforms are those that there is a program for; the image is for those of Linux.
var platforms = []build.Platform{
	{OS: "linux", Arch: "amd64"}, {OS: "linux", Arch: "arm64"},
	{OS: "darwin", Arch: "amd64"}, {OS: "darwin", Arch: "arm64"},
	{OS: "windows", Arch: "amd64"}, {OS: "windows", Arch: "arm64"},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := parse(os.Args[1:])
	if err == nil {
		err = r.ready(ctx)
	}
	if err == nil {
		err = r.build(ctx, platforms)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release is what is built, and where it goes.
type release struct {
	build.Options
	out string
}

func parse(args []string) (r release, err error) {
	flags := flag.NewFlagSet("release", flag.ExitOnError)
	flags.StringVar(&r.Source, "source", ".", "root of glootrace's source tree")
	flags.StringVar(&r.out, "out", "bin/release", "folder to write to; what is in it is removed")
	flags.StringVar(&r.Version, "version", "", "glootrace's version, such as v1.2.3")
	repository := flags.String("repository", "ghcr.io/glootrace/glootrace", "the image's name, without a tag")
	flags.Parse(args)
	// As Git tags and krew have it; no image's tag can have what follows a plus.
	if v, err := semver.StrictNewVersion(r.number()); err != nil || r.Version != "v"+v.String() || v.Metadata() != "" {
		return r, fmt.Errorf("%q is no version of a release, such as v1.2.3 or v1.2.3-rc.1: make release VERSION=v1.2.3", r.Version)
	}
	if r.Tag, err = name.NewTag(*repository+":"+r.number(), name.StrictValidation); err != nil {
		return r, fmt.Errorf("-repository: %w", err)
	}
	return r, nil
}

// number is the version without its v, as charts and images have it.
func (r release) number() string { return strings.TrimPrefix(r.Version, "v") }

// build writes the release, whole or not at all.
func (r release) build(ctx context.Context, platforms []build.Platform) error {
	out := r.out
	err := os.MkdirAll(filepath.Dir(out), 0o755)
	if err != nil {
		return err
	}
	if r.out, err = os.MkdirTemp(filepath.Dir(out), "."+filepath.Base(out)+"-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.out)
	if err := errors.Join(os.Chmod(r.out, 0o755), r.parts(ctx, platforms)); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(out), os.Rename(r.out, out))
}

// parts writes all files of the release.
func (r release) parts(ctx context.Context, platforms []build.Platform) error {
	extras, err := r.extras(ctx)
	if err != nil {
		return err
	}
	var archives []build.Artifact
	var programs []build.Program
	for _, p := range platforms {
		program, err := build.Compile(ctx, r.Options, p)
		if err != nil {
			return err
		}
		archive, err := r.archive(program, extras)
		if err != nil {
			return err
		}
		programs, archives = append(programs, program), append(archives, archive)
	}
	images, err := r.image(programs)
	if err != nil {
		return err
	}
	err = errors.Join(
		r.chart(),
		r.krew(archives),
		r.sbom(append(images, archives...)))
	if err != nil {
		return err
	}
	return r.checksums()
}
