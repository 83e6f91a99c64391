package gloo

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the one of the known names that was meant by an unknown one, empty
// if none is near enough: half of the letters or more have to be right.
func Nearest(name string, known []string) string {
	best, limit := "", len(name)/2+1
	for _, k := range known {
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
