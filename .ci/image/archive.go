package main

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// writeArchive writes an OCI layout that is a Docker archive too, as `docker save` does: containerd, podman and skopeo
// keep the digest of an OCI layout, Docker without containerd's image store knows only its own manifest.json.
func writeArchive(w io.Writer, o Options, image v1.Image) error {
	dir, err := os.MkdirTemp("", "glootrace-image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	err = path.AppendImage(image, layout.WithPlatform(v1.Platform{OS: "linux", Architecture: o.Arch}), layout.WithAnnotations(map[string]string{
		"io.containerd.image.name":          o.Tag.Name(),
		"org.opencontainers.image.ref.name": o.Tag.TagStr(),
	}))
	if err != nil {
		return err
	}
	manifest, err := dockerManifest(o, image)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), manifest, 0o644); err != nil {
		return err
	}
	return pack(w, dir, o)
}

// dockerManifest is a Docker archive's table of contents.
func dockerManifest(o Options, image v1.Image) ([]byte, error) {
	m, err := image.Manifest()
	if err != nil {
		return nil, err
	}
	blob := func(d v1.Descriptor) string { return fmt.Sprintf("blobs/%s/%s", d.Digest.Algorithm, d.Digest.Hex) }
	d := tarball.Descriptor{Config: blob(m.Config), RepoTags: []string{o.Tag.Name()}}
	for _, l := range m.Layers {
		d.Layers = append(d.Layers, blob(l))
	}
	return json.Marshal(tarball.Manifest{d})
}

// pack writes a folder's files, sorted by name.
func pack(w io.Writer, dir string, o Options) error {
	archive := tar.NewWriter(w)
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		if d.IsDir() {
			return addFile(archive, file{path + "/", 0o755, nil}, o.Created)
		}
		content, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		return addFile(archive, file{path, 0o644, content}, o.Created)
	})
	if err != nil {
		return err
	}
	return archive.Close()
}
