// Command image builds glootrace's container image without Docker, as an archive that Docker and all others take, and
// writes down what is in it as an SPDX document. The same source, version and Go give the same bytes, wherever it is built.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// Options say what is built.
type Options struct {
	Source   string    // root of glootrace's source tree
	Out      string    // folder for what is written
	Tag      name.Tag  // what the image is called
	Version  string    // glootrace's version
	Revision string    // commit of the source
	Created  time.Time // date of everything in the image
	Arch     string    // as Go calls it; the system is always Linux
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:])
	if err == nil {
		err = build(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func parse(args []string) (o Options, err error) {
	flags := flag.NewFlagSet("image", flag.ExitOnError)
	flags.StringVar(&o.Source, "source", ".", "root of glootrace's source tree")
	flags.StringVar(&o.Out, "out", "bin", "folder to write to")
	flags.StringVar(&o.Version, "version", "devel", "glootrace's version")
	flags.StringVar(&o.Revision, "revision", "", "commit of the source")
	flags.StringVar(&o.Arch, "arch", "amd64", "architecture, as Go calls it")
	tag := flags.String("tag", "", "the image's name, with a tag")
	epoch := flags.Int64("created", 0, "date of everything in the image, in seconds since 1970")
	flags.Parse(args)
	o.Created = time.Unix(*epoch, 0).UTC()
	if o.Tag, err = name.NewTag(*tag, name.StrictValidation); err != nil {
		return o, fmt.Errorf("-tag: %w", err)
	}
	return o, nil
}

// build writes glootrace-image.tar and glootrace.spdx.json.
func build(ctx context.Context, o Options) error {
	binary, info, err := compile(ctx, o)
	if err != nil {
		return err
	}
	image, err := assemble(o, binary)
	if err != nil {
		return fmt.Errorf("assemble the image: %w", err)
	}
	digest, err := image.Digest()
	if err != nil {
		return fmt.Errorf("assemble the image: %w", err)
	}
	archive, sbom := filepath.Join(o.Out, "glootrace-image.tar"), filepath.Join(o.Out, "glootrace.spdx.json")
	err = errors.Join(
		os.MkdirAll(o.Out, 0o755),
		writeFile(archive, func(f *os.File) error { return writeArchive(f, o, image) }),
		writeFile(sbom, func(f *os.File) error { return writeSBOM(f, o, info, digest) }))
	if err != nil {
		return err
	}
	fmt.Printf("%s\n  %s@%s\n  linux/%s; what is in it: %s\n", archive, o.Tag, digest, o.Arch, sbom)
	return nil
}

// writeFile writes a file whole or not at all.
func writeFile(path string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}
