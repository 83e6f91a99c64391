package gloo

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Shorten is a text of at most so many bytes, and a mark if that is not all of
// s: somebody may have written a megabyte where there is room for a few words.
func Shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// Printable is s as it can stand in a line of output: an object may hold
// anything, and a control character would move a terminal's cursor, or make the
// API server drop the warning that holds it.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r) {
			return '?'
		}
		return r
	}, s)
}
