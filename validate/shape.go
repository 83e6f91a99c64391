package validate

import (
	"strings"

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

// metadata checks that labels, annotations and names are text, as the API server has them.
func (c check) metadata(m gloo.Value) {
	gloo.MetadataMisfits(m, func(m gloo.Misfit) {
		fix := "write " + m.Want + " here"
		if m.Unquoted() {
			fix = finding.Unquoted.Fix
		}
		c.Add(finding.WrongMetadata, m.Path, "is", m.Is(), "want", m.Want, "fix", fix)
	})
}

func suggest(m gloo.Misfit) string {
	switch places := m.Elsewhere; len(places) {
	case 0:
	case 1:
		return "write it as " + places[0]
	case 2, 3: // of which each is long
		all := strings.Join(places, " or ")
		return "write it as " + strings.ReplaceAll(all, m.Path.Parent().String()+".", "")
	}
	if meant := gloo.Nearest(m.Path.Name(), m.Known); meant != "" {
		return "did you mean " + meant + "?"
	}
	return "remove it"
}
