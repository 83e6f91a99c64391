package validate

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// shape checks that what glootrace reads has the types and names of Gloo's API.
func (c check) shape() {
	for _, m := range c.object.Misfits() {
		if m.Want != "" {
			c.Add(finding.WrongType, m.Path, "is", m.Is(), "want", m.Want)
			continue
		}
		c.Add(finding.UnknownField, m.Path, "field", m.Path.Name(), "suggestion", suggest(m))
	}
}

func suggest(m gloo.Misfit) string {
	name := strings.ToLower(m.Path.Name())
	best, distance := "", len(name)/2+1
	for _, known := range m.Known {
		if d := levenshtein.ComputeDistance(name, strings.ToLower(known)); d < distance && known != m.Path.Name() {
			best, distance = known, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return "remove it"
}
