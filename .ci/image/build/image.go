package build

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const (
	user = "65532" // nonroot, as distroless images have it

	passwd = "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:" + user + ":" + user + ":nonroot:/:/sbin/nologin\n"
	group  = "root:x:0:\nnonroot:x:" + user + ":\n"
)

// ThirdParty is the file with the terms of what of others is in a program.
const ThirdParty = "THIRD_PARTY.txt"

// Image makes the image from nothing: a layer that hardly ever changes, and the binary.
func Image(o Options, p Program) (v1.Image, error) {
	base, err := layer(o.Created, []File{
		{"etc/", 0o755, nil},
		{"etc/group", 0o644, []byte(group)},
		{"etc/passwd", 0o644, []byte(passwd)},
		{"etc/ssl/", 0o755, nil},
		{"etc/ssl/certs/", 0o755, nil},
		{"etc/ssl/certs/ca-certificates.crt", 0o644, roots()},
	})
	if err != nil {
		return nil, err
	}
	license, err := os.ReadFile(filepath.Join(o.Source, "LICENSE"))
	if err != nil {
		return nil, err
	}
	program, err := layer(o.Created, []File{
		{"usr/", 0o755, nil},
		{"usr/bin/", 0o755, nil},
		{"usr/bin/glootrace", 0o755, p.Binary},
		{"usr/share/", 0o755, nil},
		{"usr/share/doc/", 0o755, nil},
		{"usr/share/doc/glootrace/", 0o755, nil},
		{"usr/share/doc/glootrace/LICENSE", 0o644, license},
		{"usr/share/doc/glootrace/" + ThirdParty, 0o644, p.Terms},
	})
	if err != nil {
		return nil, err
	}
	history := func(what string) v1.History {
		return v1.History{Created: v1.Time{Time: o.Created}, CreatedBy: "make image", Comment: what}
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.Append(image,
		mutate.Addendum{Layer: base, History: history("CA certificates, users")},
		mutate.Addendum{Layer: program, History: history("glootrace " + o.Version)})
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = p.OS, p.Arch
	config.Created = v1.Time{Time: o.Created}
	config.Config = v1.Config{
		User:         user + ":" + user,
		WorkingDir:   "/",
		Env:          []string{"PATH=/usr/bin"},
		Entrypoint:   []string{"/usr/bin/glootrace"},
		ExposedPorts: map[string]struct{}{"10250/tcp": {}},
		Labels:       labels(o),
	}
	return mutate.ConfigFile(image, config)
}

func labels(o Options) map[string]string {
	l := map[string]string{
		"org.opencontainers.image.title":       "glootrace",
		"org.opencontainers.image.description": "OpenTelemetry tracing at a Solo.io Gloo gateway: admission webhook and command line",
		"org.opencontainers.image.url":         "https://github.com/glootrace/glootrace",
		"org.opencontainers.image.source":      "https://github.com/glootrace/glootrace",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     o.Version,
		"org.opencontainers.image.created":     o.Created.Format(time.RFC3339),
	}
	if o.Revision != "" {
		l["org.opencontainers.image.revision"] = o.Revision
	}
	return l
}

// File is a file in a layer or an archive, or a folder if its name ends with a slash.
type File struct {
	Name    string
	Mode    int64
	Content []byte
}

// layer makes a layer of files that belong to root, all of one date, in the order given.
func layer(date time.Time, files []File) (v1.Layer, error) {
	var b bytes.Buffer
	if err := WriteTar(&b, date, files); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}

// WriteTar writes files that belong to root, all of one date, in the order given.
func WriteTar(w io.Writer, date time.Time, files []File) error {
	archive := tar.NewWriter(w)
	for _, f := range files {
		if err := addFile(archive, f, date); err != nil {
			return err
		}
	}
	return archive.Close()
}

func addFile(w *tar.Writer, f File, date time.Time) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: f.Name, Mode: f.Mode, Size: int64(len(f.Content)), ModTime: date}
	if f.Name[len(f.Name)-1] == '/' {
		header.Typeflag = tar.TypeDir
	}
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	_, err := w.Write(f.Content)
	return err
}

// roots are Mozilla's CA certificates, but those that it trusts with conditions: PEM can not say which.
func roots() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a Buffer takes everything
		}
	}
	return b.Bytes()
}
