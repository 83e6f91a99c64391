package validate

import (
	"github.com/glootrace/glootrace/internal/added"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

// hidden reports what of a virtual host's or route's option objects never counts.
func (c check) hidden(e refs.Effective) {
	for _, h := range e.Hidden {
		c.hides(h.Option, h.By)
	}
	d, s := e.Deprecated, e.Staged
	switch {
	case !e.Transformations().DeprecatedIgnored() || sameObject(d, s): // or said of that object
	case d.From == nil:
		c.Add(finding.DeprecatedIgnored, d.Path, "beside", "stagedTransformations.regular of "+s.From.String())
	default:
		c.hides(d, s)
	}
}

func (c check) hides(theirs, by refs.Option) {
	if by.From == nil {
		fix := "keep one of them"
		if c.made()(by.Value) {
			fix = "glootrace backfill, or inject on files, takes out what it has added here, unless it was edited since"
		}
		c.Add(finding.InlineHides, by.Path, "mine", by.Path.Name(), "theirs", theirs.Path.Name(), "other", theirs.From.String(), "fix", fix)
		return
	}
	c.Add(finding.SecondHidden, theirs.From.Path, "theirs", theirs.Path.Name(), "other", theirs.From.String(), "first", by.From.String())
}

// hiddenByAdditions reports transformations of an option object that do not count
// where it is used, since glootrace has added some there before it had these.
func (c check) hiddenByAdditions() {
	users := c.known.Users(c.object)
	if len(users) == 0 {
		return
	}
	records := map[string]func(gloo.Value) bool{} // by the users' objects, of which one may use it at thousands of places
	wasAdded := func(o gloo.Object, m gloo.Value) bool {
		if records[o.String()] == nil {
			records[o.String()] = madeIn(o)
		}
		return records[o.String()](m)
	}
	for place := range c.object.AllOptions() {
		mine := place.Transformations()
		var hidden gloo.Value
		var in []gloo.Object
		for _, user := range users {
			inline := user.Options.Transformations().Staged
			switch {
			case mine.Staged.Exists() && wasAdded(user.Object, inline):
				hidden = mine.Staged
			case mine.Deprecated.Exists() && wasAdded(user.Object, inline.Child(gloo.Regular)):
				hidden = mine.Deprecated
			default:
				continue
			}
			in = append(in, user.Object)
		}
		if len(in) > 0 {
			c.Add(finding.AdditionHides, hidden.Path, "mine", hidden.Path.Name(), "users", gloo.Names(in))
		}
	}
}

// madeIn tells of maps whether they are among what was added to an object. They
// may have been edited since. A record that is not understood has no entries.
func madeIn(o gloo.Object) func(gloo.Value) bool {
	record, _ := added.Parse(o.Annotations()[added.Annotation])
	made := record.Made()
	return func(m gloo.Value) bool { return m.Exists() && made(m.Path.Pointer()) }
}

func sameObject(a, b refs.Option) bool {
	if a.From == nil || b.From == nil {
		return a.From == b.From
	}
	return a.From.Ref == b.From.Ref
}

// hidesName reports transformations that hide the span name that would hold
// here without them, which is that of above. If they name the span themselves,
// be it for some requests only, that is taken as meant; a descriptor names them
// anyhow, and what cannot name them cannot be mended either.
func (c check) hidesName(place *gloo.Options, e refs.Effective, above inForce) {
	t := e.Transformations()
	descriptor := gloo.RouteTracing{Value: above.tracing.Value}.Descriptor()
	switch {
	case above.name == "" || !t.Exist() || e.Name():
	case descriptor.Text() != "" || !e.CanName():
	case !t.Inherit():
		own := e.Staged
		if !own.Exists() {
			own = e.Deprecated
		}
		path := own.Path
		if own.From != nil {
			path = own.From.Path
		}
		fix := "spanTransformer here too"
		if place.Level == gloo.RouteLevel {
			fix += ", or stagedTransformations.inheritTransformation: true"
		}
		c.Add(finding.HidesSpanName, path, "level", place.Level.String(), "from", above.name, "fix", fix)
	case above.early: // another stage's entries hide none of that
	case place.Level == gloo.RouteLevel && e.Staged.From == nil:
		for _, entry := range t.Regular().Requests() {
			if entry.MatchesAll() {
				c.Add(finding.HidesInherited, entry.Path, "from", above.name)
				break
			}
		}
	}
}

// below is the name that holds at the next level down: that of the
// transformations here, or else that of above.
func below(e refs.Effective, here, above string) string {
	t := e.Transformations()
	switch {
	case e.Name():
		return here
	case t.Exist() && !t.Inherit():
		return ""
	default:
		return above
	}
}

// nameAbove is the object whose span name holds at the routes of a RouteTable
// that have no transformations: the first of those VirtualServices and routes
// that delegate to it. What holds at the routes of those above is kept in above.
func (c check) nameAbove(table gloo.Object, ascent refs.Ascent, above map[string]string) string {
	for _, d := range ascent.Delegators(table) {
		by := d.Object.String()
		name, known := above[by]
		if !known {
			if host := d.Options.Parent; host != nil {
				name = below(c.known.Effective(host), by, "")
			} else {
				name = c.nameAbove(d.Object, ascent, above)
			}
			above[by] = name
		}
		if name = below(c.known.Effective(d.Options), by, name); name != "" {
			return name
		}
	}
	return ""
}
