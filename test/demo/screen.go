package main

import (
	"fmt"
	"os"
	"strings"
)

// screen is what a person looks at: commands and their output on standard output, in colour if that is a terminal, and
// progress on standard error.
type screen struct {
	colours  bool
	headings int
}

const (
	bold  = "1"
	red   = "31"
	green = "32"
)

func newScreen() screen {
	info, err := os.Stdout.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return screen{colours: terminal && os.Getenv("NO_COLOR") == ""}
}

// heading begins a step and says what to look at in it.
func (s *screen) heading(title string, lookAt ...string) {
	s.headings++
	fmt.Printf("\n%s\n", s.in(bold, fmt.Sprintf("%d. %s", s.headings, title)))
	for _, line := range lookAt {
		fmt.Println("   " + line)
	}
}

// command shows a command as one would type it.
func (s *screen) command(name string, args ...string) {
	fmt.Println(s.in(bold, "$ "+name+" "+strings.Join(args, " ")))
}

// print shows text as it is, ended by one new line.
func (s *screen) print(text string) {
	if text = strings.TrimRight(text, "\n"); text != "" {
		fmt.Println(text)
	}
}

// note says in a line what comes next.
func (s *screen) note(text string) { fmt.Printf("\n%s\n", s.in(bold, "# "+text)) }

func (s *screen) blank() { fmt.Println() }

// diff shows a unified diff.
func (s *screen) diff(text string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "+"):
			line = s.in(green, line)
		case strings.HasPrefix(line, "-"):
			line = s.in(red, line)
		}
		fmt.Println(line)
	}
}

// progress says what is being waited for.
func (s *screen) progress(what string) { fmt.Fprintln(os.Stderr, what) }

func (s *screen) in(colour, text string) string {
	if !s.colours {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
