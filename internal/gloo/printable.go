package gloo

import (
	"strings"
	"unicode"
)

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
