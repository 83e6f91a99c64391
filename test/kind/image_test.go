package kind

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func TestImageHoldsWhatItsLayersWereGiven(t *testing.T) {
	t.Setenv("PATH", "/usr/bin:/bin") // of somebody who is not root: no chroot
	dir := t.TempDir()
	program, config, archive := filepath.Join(dir, "program"), filepath.Join(dir, "config"), filepath.Join(dir, "archive")
	for file, mode := range map[string]os.FileMode{program: 0o700, config: 0o600} {
		if err := os.WriteFile(file, []byte(filepath.Base(file)), mode); err != nil {
			t.Fatal(err)
		}
	}
	first, second := NewLayer(), NewLayer()
	first.Add("/usr/lib/../bin/program", program)
	first.Link("/bin/link", "../usr/bin/program")
	second.Add("/etc/config", config)
	if err := second.AddPrograms("/", "/bin/true"); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	images := []Image{
		{Name: "example.com/one:1", Layers: []*Layer{first, second}, Entrypoint: []string{"/bin/link"}, User: "1000"},
		{Name: "two:2", Layers: []*Layer{first}},
	}
	if err := errors.Join(Archive(f, images...), f.Close()); err != nil {
		t.Fatal(err)
	}

	two, err := name.NewTag("two:2")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tarball.ImageFromPath(archive, &two); err != nil {
		t.Error(err)
	}
	one, err := name.NewTag("example.com/one:1")
	if err != nil {
		t.Fatal(err)
	}
	image, err := tarball.ImageFromPath(archive, &one)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := image.ConfigFile(); err != nil || c.OS != "linux" || c.Config.User != "1000" || c.Config.Entrypoint[0] != "/bin/link" {
		t.Errorf("%+v, %v", c, err)
	}
	got := map[string]string{}
	r := tar.NewReader(mutate.Extract(image))
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got[h.Name] = h.FileInfo().Mode().String() + " " + h.Linkname + string(data)
	}
	for path, want := range map[string]string{
		"tmp":             "dtrwxrwxrwx ",
		"usr/bin":         "drwxr-xr-x ",
		"usr/bin/program": "-rwxr-xr-x program",
		"bin/link":        "Lrwxrwxrwx ../usr/bin/program",
		"etc/config":      "-rw-r--r-- config",
	} {
		if got[path] != want {
			t.Errorf("%s is %q, want %q", path, got[path], want)
		}
	}
	var libc bool
	for path := range got {
		libc = libc || strings.HasSuffix(path, "/libc.so.6")
	}
	if !libc || got["bin/true"] == "" {
		t.Error("a program came without its C library")
	}
}
