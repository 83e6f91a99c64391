package validate

import (
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
	if meant := gloo.Nearest(m.Path.Name(), m.Known); meant != "" {
		return "did you mean " + meant + "?"
	}
	return "remove it"
}
