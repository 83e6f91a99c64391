package regular

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOnlyRegularFilesOfSomeSizeAreRead(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"file": "1234", "large": "12345"} {
		if err := os.WriteFile(in(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(in("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"link": "file", "link to a pipe": "pipe", "link to a device": "/dev/zero", "dead link": "nowhere"} {
		if err := os.Symlink(to, in(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"file", "link"} {
		if text, err := Read(in(name), 4); err != nil || string(text) != "1234" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	for name, want := range map[string]string{
		"pipe": "no regular file", "link to a pipe": "no regular file", "link to a device": "no regular file", "": "no regular file",
		"large": "larger than 4 bytes", "dead link": "no such file",
	} {
		if _, err := Read(in(name), 4); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), in(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
