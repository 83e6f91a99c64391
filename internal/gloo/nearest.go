package gloo

import (
	"math/bits"
	"strings"

	"github.com/agnivade/levenshtein"
)

// maxKnown is among how many names the one that was meant is looked for. No kind
// has more fields; a document that asks thousands of times among thousands of names
// of its own would keep an admission busy for minutes.
const maxKnown = 200

// longName is longer than any name that somebody takes for another. To compare two
// takes time with the product of their lengths.
const longName = 100

// Nearest is the one of the known names that was meant by an unknown one, empty
// if none is near enough: half of the letters or more have to be right, and two
// thirds of a short name, for half of those are right by chance. Among more than
// maxKnown names, or for a long one, none is looked for.
func Nearest(name string, known []string) string {
	if len(known) > maxKnown || len(name) > longName {
		return ""
	}
	best, limit := "", len(name)/2+1
	if len(name) <= 6 {
		limit = len(name)/3 + 1
	}
	for _, k := range known {
		if len(k) > longName {
			continue
		}
		if d := distance(name, k); d < limit && k != name {
			best, limit = k, d
		}
	}
	return best
}

// distance is how many letters two names differ by, whatever their case.
func distance(a, b string) int {
	return levenshtein.ComputeDistance(strings.ToLower(a), strings.ToLower(b))
}

// within tells whether two names differ by at most so many letters. It is asked
// for each unknown field of a document, so it looks at the letters first: each
// that only one of the names has is a difference.
func within(most int, a, b string) bool {
	if len(a) > len(b)+most || len(b) > len(a)+most {
		return false
	}
	as, bs := letters(a), letters(b)
	return bits.OnesCount32(as&^bs) <= most && bits.OnesCount32(bs&^as) <= most && distance(a, b) <= most
}

// letters is the set of a name's letters, whatever their case.
func letters(name string) (set uint32) {
	for i := range len(name) {
		set |= 1 << (name[i] & 31)
	}
	return set
}
