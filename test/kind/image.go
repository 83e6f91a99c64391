package kind

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/compression"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Image is a container image that is made from files of this machine and of nothing else.
type Image struct {
	Name       string // with its tag
	Layers     []*Layer
	Entrypoint []string
	Cmd        []string
	User       string
}

// Layer is what one layer of images holds. Images that share it hold it once.
type Layer struct {
	files map[string]string // by the path in the image
	links map[string]string
	made  v1.Layer
}

// NewLayer is a layer with nothing in it yet.
func NewLayer() *Layer { return &Layer{files: map[string]string{}, links: map[string]string{}} }

// Archive writes images as one archive of Docker's, which docker load and ctr images import take.
func Archive(w io.Writer, images ...Image) error {
	tags := map[name.Tag]v1.Image{}
	for _, i := range images {
		tag, err := name.NewTag(i.Name)
		if err != nil {
			return err
		}
		if tags[tag], err = i.make(); err != nil {
			return fmt.Errorf("image %s: %w", i.Name, err)
		}
	}
	return tarball.MultiWrite(tags, w)
}

func (i Image) make() (v1.Image, error) {
	var layers []v1.Layer
	for _, l := range i.Layers {
		made, err := l.make()
		if err != nil {
			return nil, err
		}
		layers = append(layers, made)
	}
	image, err := mutate.AppendLayers(empty.Image, layers...)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config = v1.Config{
		Entrypoint: i.Entrypoint, Cmd: i.Cmd, User: i.User, WorkingDir: "/",
		Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
	}
	return mutate.ConfigFile(image, config)
}

// make makes the layer, once.
func (l *Layer) make() (_ v1.Layer, err error) {
	if l.made == nil {
		l.made, err = tarball.LayerFromOpener(func() (io.ReadCloser, error) {
			r, w := io.Pipe()
			go func() { w.CloseWithError(l.write(w)) }()
			return r, nil
		}, tarball.WithCompression(compression.None))
	}
	return l.made, err
}

// write writes the layer's archive, parents before what they hold, with a /tmp that all may write to.
func (l *Layer) write(w io.Writer) error {
	entries := map[string]*tar.Header{"tmp": {Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}}
	add := func(p string, h *tar.Header) {
		h.Name = strings.TrimPrefix(p, "/")
		entries[h.Name] = h
		for dir := path.Dir(h.Name); dir != "."; dir = path.Dir(dir) {
			if entries[dir] == nil {
				entries[dir] = &tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755}
			}
		}
	}
	for p, source := range l.files {
		info, err := os.Stat(source)
		if err != nil {
			return err
		}
		mode := int64(0o644)
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		add(p, &tar.Header{Typeflag: tar.TypeReg, Mode: mode, Size: info.Size()})
	}
	for p, target := range l.links {
		add(p, &tar.Header{Typeflag: tar.TypeSymlink, Mode: 0o777, Linkname: target})
	}
	archive := tar.NewWriter(w)
	for _, p := range slices.Sorted(maps.Keys(entries)) {
		if err := archive.WriteHeader(entries[p]); err != nil {
			return err
		}
		if entries[p].Typeflag != tar.TypeReg {
			continue
		}
		if err := copyFile(archive, l.files["/"+p]); err != nil {
			return err
		}
	}
	return archive.Close()
}

func copyFile(w io.Writer, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// Add adds a file by its path in the image.
func (l *Layer) Add(file, source string) { l.files[path.Clean(file)] = source }

// Link adds a link by its path in the image.
func (l *Layer) Link(path, target string) { l.links[path] = target }

// AddPrograms adds programs and libraries of the Debian system at root, each given by its path there and the same in
// the image, with the libraries that they are linked with.
func (l *Layer) AddPrograms(root string, paths ...string) error {
	for _, p := range paths {
		real, err := within(root, "realpath", p).Output() // links there may be absolute
		if err != nil {
			return fmt.Errorf("%s in %s: %w", p, root, err)
		}
		l.Add(p, filepath.Join(root, strings.TrimSpace(string(real))))
		if err := l.AddLibraries(root, p); err != nil {
			return err
		}
	}
	return nil
}

// within is a program of the Debian system at root, which only root can run if that is not this machine's own.
func within(root, program string, args ...string) *exec.Cmd {
	if root == "/" {
		return exec.Command(program, args...)
	}
	return exec.Command("chroot", append([]string{root, program}, args...)...)
}

var library = regexp.MustCompile(`(/\S+) \(0x`)

// AddLibraries adds the libraries that a program or library of the Debian system at root is linked with.
func (l *Layer) AddLibraries(root, program string) error {
	out, err := within(root, "ldd", program).CombinedOutput()
	if bytes.Contains(out, []byte("not a dynamic executable")) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("libraries of %s: %w\n%s", program, err, out)
	}
	for _, match := range library.FindAllSubmatch(out, -1) { // ldd tells the libraries of libraries too
		p := string(match[1])
		real, err := filepath.EvalSymlinks(filepath.Join(root, p))
		if err != nil {
			return fmt.Errorf("library of %s: %w", program, err)
		}
		l.Add(p, real)
	}
	return nil
}

// AddTree adds a folder of this machine and all that it holds at the same path of the image, links as what they lead to.
func (l *Layer) AddTree(dir string) error {
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := os.Stat(p)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a link that leads nowhere
		}
		if err == nil && info.IsDir() {
			return l.AddTree(p + "/.")
		}
		l.Add(p, p)
		return err
	})
}
