// Package transcript holds what the documentation shows of a command to what the command prints.
package transcript

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the commands print into the documentation")

// Varying is a regular expression for what is another each time, and how the documentation has it.
type Varying struct{ This, Reads string }

// Shown fails unless the page has a block in which a command, without its options for the test, prints this. With -update
// the block that begins with the command is written, which then has to be there.
func Shown(t testing.TB, page, command, printed string, varying ...Varying) {
	t.Helper()
	for _, v := range varying {
		printed = regexp.MustCompile(v.This).ReplaceAllString(printed, v.Reads)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	begin := "```\n$ " + command + "\n"
	before, rest, found := strings.Cut(string(text), begin)
	shown, after, closed := strings.Cut(rest, "```\n")
	switch {
	case !found || !closed:
		t.Fatalf("%s has no block that begins with\n%s", page, begin)
	case shown == printed:
	case *update:
		if err := os.WriteFile(page, []byte(before+begin+printed+"```\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s shows (-update mends it)\n%s\nand it says\n%s", page, shown, printed)
	}
}
