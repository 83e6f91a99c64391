package document

import (
	"strings"
	"testing"

	"gomodules.xyz/jsonpatch/v2"
)

// TestAddText adds all short strings of difficult characters, as keys and as
// values. AddAll checks the result itself.
func TestAddText(t *testing.T) {
	parts := []string{" ", "\n", "x", "\t", "#", "- ", ": ", "'", "\"", "é", "\u2028", "\r"}
	var try func(s string, more int)
	try = func(s string, more int) {
		for src, path := range map[string]string{
			head + "spec:\n  a: 1\n":                                 "/spec/b",
			strings.ReplaceAll(head+"spec: [{a: }]\n", "\n", "\r\n"): "/spec/0/a/b",
		} {
			f := mustParse(t, src)
			value := map[string]any{"k": s, "l" + s: 1}
			if err := addTo(f, f.Objects()[0], jsonpatch.NewOperation("add", path, value)); err != nil {
				t.Errorf("%q: %v", s, err)
			}
		}
		if more > 0 {
			for _, p := range parts {
				try(s+p, more-1)
			}
		}
	}
	try("", 3)
}
