package build

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
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// WriteImage writes an OCI layout that is a Docker archive too, as `docker save` does: containerd, podman and skopeo
// keep the digest of an OCI layout, Docker without containerd's image store knows only its own manifest.json.
func WriteImage(w io.Writer, o Options, image v1.Image) error {
	config, err := image.ConfigFile()
	if err != nil {
		return err
	}
	manifest, err := dockerManifest(o, image)
	if err != nil {
		return err
	}
	return writeLayout(w, o, manifest, func(path layout.Path) error {
		return path.AppendImage(image, layout.WithPlatform(*config.Platform()), layout.WithAnnotations(annotations(o)))
	})
}

// WriteIndex writes an OCI layout of an image for several platforms.
func WriteIndex(w io.Writer, o Options, index v1.ImageIndex) error {
	return writeLayout(w, o, nil, func(path layout.Path) error {
		return path.AppendIndex(index, layout.WithAnnotations(annotations(o)))
	})
}

// Index is an image for the platforms of all of the images.
func Index(images []v1.Image) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, image := range images {
		config, err := image.ConfigFile()
		if err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: ordinary{image}, Descriptor: v1.Descriptor{Platform: config.Platform()}})
	}
	return index, nil
}

// ordinary is an image whose entry in an index has no type of artifact. That of an image says nothing, and skopeo before 1.16
// leaves it out, so that what it copies would have another digest.
type ordinary struct{ v1.Image }

// ArtifactType is what goes into the entry.
func (ordinary) ArtifactType() (string, error) { return "", nil }

func annotations(o Options) map[string]string {
	return map[string]string{
		"io.containerd.image.name":          o.Tag.Name(),
		"org.opencontainers.image.ref.name": o.Tag.TagStr(),
	}
}

// writeLayout writes an OCI layout with what is appended, and Docker's manifest.json beside if there is one.
func writeLayout(w io.Writer, o Options, manifest []byte, appendTo func(layout.Path) error) error {
	dir, err := os.MkdirTemp("", "glootrace-image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	if err := appendTo(path); err != nil {
		return err
	}
	if manifest != nil {
		if err := os.WriteFile(filepath.Join(dir, "manifest.json"), manifest, 0o644); err != nil {
			return err
		}
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
			return addFile(archive, File{path + "/", 0o755, nil}, o.Created)
		}
		content, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		return addFile(archive, File{path, 0o644, content}, o.Created)
	})
	if err != nil {
		return err
	}
	return archive.Close()
}
