package main

import (
	"fmt"
	"io"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/glootrace/glootrace/.ci/image/build"
)

// image writes the container image for all programs that are for Linux.
func (r release) image(programs []build.Program) (artifacts []build.Artifact, err error) {
	var images []v1.Image
	for _, p := range programs {
		if p.OS != "linux" {
			continue
		}
		image, err := build.Image(r.Options, p)
		if err != nil {
			return nil, fmt.Errorf("image for %s: %w", p.Platform, err)
		}
		digest, err := image.Digest()
		if err != nil {
			return nil, fmt.Errorf("image for %s: %w", p.Platform, err)
		}
		images = append(images, image)
		artifacts = append(artifacts, build.Artifact{Program: p, Name: r.Tag.RepositoryStr(), SHA256: digest.Hex, Image: true})
	}
	index, err := build.Index(images)
	if err != nil {
		return nil, err
	}
	digest, err := index.Digest()
	if err != nil {
		return nil, err
	}
	fmt.Printf("%s@%s\n", r.Tag, digest)
	return artifacts, build.WriteFile(filepath.Join(r.out, "glootrace_"+r.number()+"_image.tar"), func(w io.Writer) error {
		return build.WriteIndex(w, r.Options, index)
	})
}

// sbom writes what is in images and archives.
func (r release) sbom(artifacts []build.Artifact) error {
	return build.WriteFile(filepath.Join(r.out, "glootrace_"+r.number()+".spdx.json"), func(w io.Writer) error {
		return build.WriteSBOM(w, r.Options, "glootrace-"+r.Version, artifacts)
	})
}
