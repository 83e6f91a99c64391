package validate

import (
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// kind checks that Gloo serves the object's kind in the version that it names.
func (c check) kind() {
	slip, is := c.object.Slip()
	if !is {
		return
	}
	kind := string(c.object.Kind)
	if slip.Kind != kind {
		c.Add(finding.NoSuchKind, (*gloo.Path)(nil).Child("kind"), "group", slip.Group, "kind", kind, "meant", slip.Kind)
		return
	}
	c.Add(finding.NoSuchVersion, (*gloo.Path)(nil).Child("apiVersion"), "kind", kind, "version", c.object.APIVersion, "meant", slip.APIVersion)
}

// shape checks that what glootrace reads has the types and names of Gloo's API.
func (c check) shape() {
	c.object.Misfits(func(m gloo.Misfit) {
		switch {
		case m.Want == "":
			c.Add(finding.UnknownField, m.Path, "field", m.Path.Name(), "suggestion", suggest(m))
		case m.Unquoted():
			c.Add(finding.Unquoted, m.Path, "is", m.Is())
		default:
			c.Add(finding.WrongType, m.Path, "is", m.Is(), "want", m.Want)
		}
	})
}

func suggest(m gloo.Misfit) string {
	if meant := gloo.Nearest(m.Path.Name(), m.Known); meant != "" {
		return "did you mean " + meant + "?"
	}
	return "remove it"
}
