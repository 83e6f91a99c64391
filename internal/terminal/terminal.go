// Package terminal says whether somebody watches what is written, and colours it then.
package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Is tells whether w is a terminal.
func Is(w io.Writer) bool {
	f, ok := w.(file)
	return ok && term.IsTerminal(int(f.Fd()))
}

type file interface{ Fd() uintptr }

// Colours colour text, or leave it as it is.
type Colours bool

// Of are those for what goes to w: on a terminal, unless the environment asks for none (no-color.org) or the terminal
// knows none.
func Of(w io.Writer) Colours {
	return Colours(Is(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && escapes(w.(file).Fd()))
}

func (c Colours) in(code, text string) string {
	if !c {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold is text in bold.
func (c Colours) Bold(text string) string { return c.in("1", text) }

// Faint is text that stands back.
func (c Colours) Faint(text string) string { return c.in("2", text) }

// Good is what is as it should be, in green.
func (c Colours) Good(text string) string { return c.in("32", text) }

// Info is what is worth knowing, in cyan.
func (c Colours) Info(text string) string { return c.in("36", text) }

// Warning is what may be wrong, in yellow.
func (c Colours) Warning(text string) string { return c.in("33", text) }

// Error is what is wrong, in red.
func (c Colours) Error(text string) string { return c.in("31", text) }
