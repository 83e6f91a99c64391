package terminal

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestColoursAreForTerminals(t *testing.T) {
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminal to be had: ", err)
	}
	defer tty.Close()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, c := range []struct {
		name          string
		out           *os.File
		noColor, term string
		want          Colours
	}{
		{"terminal", tty, "", "xterm", true},
		{"file", file, "", "xterm", false},
		{"NO_COLOR", tty, "1", "xterm", false},
		{"dumb", tty, "", "dumb", false},
	} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.term)
		if got := Of(c.out); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if Of(&bytes.Buffer{}) {
		t.Error("a buffer is no terminal")
	}
}
