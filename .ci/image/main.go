// Command image builds glootrace's container image without Docker, as an archive that Docker and all others take, and
// writes down what is in it as an SPDX document. The same source, version and Go give the same bytes, wherever it is built.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/glootrace/glootrace/.ci/image/build"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	j, err := parse(os.Args[1:])
	if err == nil {
		j.dated(ctx)
		err = j.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// job is what is built, for which processor, and where it goes.
type job struct {
	build.Options
	out, arch string
}

func parse(args []string) (j job, err error) {
	flags := flag.NewFlagSet("image", flag.ExitOnError)
	flags.StringVar(&j.Source, "source", ".", "root of glootrace's source tree")
	flags.StringVar(&j.out, "out", "bin", "folder to write to")
	flags.StringVar(&j.Version, "version", "devel", "glootrace's version")
	flags.StringVar(&j.arch, "arch", "amd64", "architecture, as Go calls it")
	tag := flags.String("tag", "", "the image's name, with a tag")
	flags.Parse(args)
	if j.Tag, err = name.NewTag(*tag, name.StrictValidation); err != nil {
		return j, fmt.Errorf("-tag: %w", err)
	}
	return j, nil
}

// dated has the image say which commit it is made of, and have that one's date.
func (j *job) dated(ctx context.Context) {
	var err error
	if j.Revision, j.Created, err = build.Commit(ctx, j.Source); err != nil {
		fmt.Fprintln(os.Stderr, "image: it names no commit, and its date is that of 1970:", err)
		j.Revision, j.Created = "", time.Unix(0, 0).UTC()
	}
}

// run writes glootrace-image.tar and glootrace.spdx.json.
func (j job) run(ctx context.Context) error {
	program, err := build.Compile(ctx, j.Options, build.Platform{OS: "linux", Arch: j.arch})
	if err != nil {
		return err
	}
	image, err := build.Image(j.Options, program)
	if err != nil {
		return fmt.Errorf("assemble the image: %w", err)
	}
	digest, err := image.Digest()
	if err != nil {
		return fmt.Errorf("assemble the image: %w", err)
	}
	archive, sbom := filepath.Join(j.out, "glootrace-image.tar"), filepath.Join(j.out, "glootrace.spdx.json")
	artifact := build.Artifact{Program: program, Name: j.Tag.RepositoryStr(), SHA256: digest.Hex, Image: true}
	err = errors.Join(
		os.MkdirAll(j.out, 0o755),
		build.WriteFile(archive, func(w io.Writer) error { return build.WriteImage(w, j.Options, image) }),
		build.WriteFile(sbom, func(w io.Writer) error {
			return build.WriteSBOM(w, j.Options, "glootrace-"+j.Version+"-linux-"+j.arch, []build.Artifact{artifact})
		}))
	if err != nil {
		return err
	}
	fmt.Printf("%s\n  %s@%s\n  linux/%s; what is in it: %s\n", archive, j.Tag, digest, j.arch, sbom)
	return nil
}
