package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// printDiffs prints what was done to the files as a patch that git apply and patch -p1 take.
func printDiffs(w io.Writer, edits []edit) error {
	for _, e := range edits {
		before, name := string(e.before), filepath.ToSlash(e.Name)
		diff, err := udiff.ToUnifiedDiff(inPatch("a", name), inPatch("b", name), before,
			udiff.Lines(before, string(e.Bytes())), udiff.DefaultContextLines)
		if err != nil {
			return err
		}
		more := 0 // lines that the hunks so far add; udiff does not count those between two changes of a hunk
		for _, h := range diff.Hunks {
			h.ToLine = h.FromLine + more
			for _, l := range h.Lines {
				switch l.Kind {
				case udiff.Insert:
					more++
				case udiff.Delete:
					more--
				}
			}
		}
		if _, err := io.WriteString(w, diff.String()); err != nil {
			return err
		}
	}
	return nil
}

// inPatch is a file's name below side a or b, as git writes it.
func inPatch(side, name string) string {
	name = side + "/" + strings.TrimPrefix(name, "/")
	var quoted strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == '"', c == '\\':
			quoted.WriteString(`\` + string(c))
		case c < ' ', c == 0x7f:
			fmt.Fprintf(&quoted, `\%03o`, c)
		default:
			quoted.WriteByte(c)
		}
	}
	switch {
	case quoted.Len() > len(name):
		return `"` + quoted.String() + `"`
	case strings.Contains(name, " "):
		return name + "\t" // else it would end at the space
	default:
		return name
	}
}
