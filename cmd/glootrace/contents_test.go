package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPipesAreWaitedForAloud: glootrace lint -f <(helm template …) reads a pipe, and nobody may write to another.
func TestPipesAreWaitedForAloud(t *testing.T) {
	defer func(was time.Duration) { patience = was }(patience)
	patience = time.Millisecond
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := exec.CommandContext(t.Context(), "mkfifo", pipe).Run(); err != nil {
		t.Skip("no pipe to be had: ", err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	for _, c := range []struct {
		onWait func()
		says   string
		code   int
	}{
		{func() { _ = os.WriteFile(pipe, []byte("# nothing\n"), 0o600) }, "", 0},
		{interrupt, "", exitFailed},
	} {
		stderr := &listener{hears: "note: waiting for the end of " + pipe + "\n", then: c.onWait}
		code := run(ctx, []string{"glootrace", "lint", "-f", pipe}, strings.NewReader(""), &bytes.Buffer{}, stderr)
		if got := stderr.String(); code != c.code || got != stderr.hears+c.says {
			t.Errorf("exit code %d, want %d: %s", code, c.code, got)
		}
	}
}

// listener is standard error, and does something once it hears a line.
type listener struct {
	bytes.Buffer
	hears string
	then  func()
}

func (l *listener) Write(p []byte) (int, error) {
	if string(p) == l.hears {
		go l.then()
	}
	return l.Buffer.Write(p)
}

func TestWhatIsNoYAMLIsSaidToBe(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ src, says string }{
		"keyword.yaml": {"{{- if .Values.on }}\na: 1\n{{- end }}\n", "a template of Helm's, no YAML: what it renders can be read: helm template CHART | glootrace inject -f -"},
		"value.yaml":   {"name: {{ quote .Chart.Name }}\n", "a template of Helm's, no YAML: what it renders can be read: helm template CHART | glootrace inject -f -"},
		"inja.yaml":    {"text: {{header(\"Host\")}}\n", "a key has to be a string, and not a map; text that begins with {{ has to be in quotes"},
		"pack.yaml":    {"\x1f\x8b\x08\x00", "compressed; what is in it can be read: gzip -dc " + filepath.Join(dir, "pack.yaml") + " | glootrace inject -f -"},
		"windows.yaml": {"\xff\xfea\x00:\x00", "UTF-16, where YAML has to be UTF-8: iconv -f UTF-16 -t UTF-8 " + filepath.Join(dir, "windows.yaml") + " | glootrace inject -f -"},
		"program.yaml": {"\x7fELF\x02\x00", "a binary file, no YAML or JSON"},
	} {
		file := filepath.Join(dir, name)
		write(t, file, c.src)
		if _, stderr, code := glootrace(t, "", "inject", "-f", file); stderr != "error: "+file+":1: "+c.says+"\n" || code != exitFailed {
			t.Errorf("%s: exit code %d: %s", name, code, stderr)
		}
	}
	_, stderr, code := glootrace(t, "", "lint", "-f", "https://example.com/all.yaml?raw=true")
	if want := "curl -fsSL 'https://example.com/all.yaml?raw=true' | glootrace lint -f -\n"; !strings.HasSuffix(stderr, want) || code != exitFailed {
		t.Errorf("a URL: exit code %d: %s", code, stderr)
	}
}
