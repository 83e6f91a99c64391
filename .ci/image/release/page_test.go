package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// installsByThePage does what docs/download.md says, with the release in dir instead of one that is published.
func installsByThePage(t *testing.T, dir string) {
	page, err := os.ReadFile(filepath.Join(source, "docs", "download.md"))
	if err != nil {
		t.Fatal(err)
	}
	script := "version=1.2.3-rc.1 platform=linux_" + here.Arch + "\n"
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(page, -1) {
		if text := string(block[1]); strings.HasPrefix(text, "sha256sum ") || strings.HasPrefix(text, "prefix=") {
			script += text
		}
	}
	home := t.TempDir()
	for _, name := range names(t, dir) {
		if strings.HasSuffix(name, ".tar.gz") || name == "SHA256SUMS" { // what the page fetches
			if err := os.Symlink(filepath.Join(dir, name), filepath.Join(home, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd := exec.Command("bash", "-eux", "-c", script)
	cmd.Dir, cmd.Env = home, append(os.Environ(), "HOME="+home)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for file, mode := range map[string]os.FileMode{
		"bin/glootrace": 0o755, "share/man/man1/glootrace-lint.1": 0o644, "share/bash-completion/completions/glootrace": 0o644,
		"share/fish/vendor_completions.d/glootrace.fish": 0o644, "share/zsh/site-functions/_glootrace": 0o644,
	} {
		if info, err := os.Stat(filepath.Join(home, ".local", file)); err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
}
