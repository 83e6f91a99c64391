package webhook

import (
	"strings"
	"unicode/utf8"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// The API server passes warnings on to the client. Once those of a request, of
// whatever source, come to more than 4,096 characters, it cuts each at 256 and
// drops what then still is too much, without a word (k8s.io/apiserver,
// pkg/endpoints/filters/warning.go). It never comes to that: a request has the
// notes of one mutation at most and the findings of one validation.
const (
	maxWarning   = 256 // bytes, so that no character is more than counted
	maxName      = 96  // of them for the object, which may have a name of 253
	maxNotes     = 1024
	maxFindings  = 4096 - maxNotes
	roomForCount = 64 + maxName
)

// warnings are findings as warnings of not more than so many bytes in all. What
// does not fit is counted in the last one.
func warnings(found []finding.Finding, most int) []string {
	var ws []string
	size := 0
	for i, f := range found {
		next, bytes := warning(f), 0
		for _, w := range next {
			bytes += len(w)
		}
		last := i == len(found)-1
		if size+bytes > most-roomForCount && !(last && size+bytes <= most) {
			return append(ws, of(f.Object)+andMore(found[i:]))
		}
		ws = append(ws, next...)
		size += bytes
	}
	return ws
}

// warning is a finding in one warning, or in one for what is wrong and one for
// the fix if that is too long.
func warning(f finding.Finding) []string {
	whole := of(f.Object) + f.String()
	if len(whole) <= maxWarning {
		return []string{whole}
	}
	what := strings.TrimSuffix(whole, ". Fix: "+f.Fix)
	return []string{cut(what), cut(f.Code + " fix: " + f.Fix)}
}

// of names the object of a warning, since kubectl prints a warning that several
// objects of one apply have only once, and not beside any of them.
func of(o gloo.Object) string { return gloo.Shorten(o.String(), maxName) + ": " }

// cut shortens s to what a warning may hold, at the end of a word if it can.
func cut(s string) string {
	if len(s) <= maxWarning {
		return s
	}
	const mark = " …"
	end := maxWarning - len(mark)
	if space := strings.LastIndexByte(s[:end+1], ' '); space > end/2 {
		end = space
	}
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + mark
}
