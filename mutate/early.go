package mutate

import (
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

// early is what the staged transformations of a place mean for a name that is
// given in the early stage.
type early struct {
	// exists: there are some, of the place's own or of its option objects.
	exists bool
	// named: their early stage names spans.
	named bool
	// inherits: those of the places above run too.
	inherits bool
}

func (t *tree) stagesOf(place *gloo.Options) early {
	e, known := t.stages[place]
	if !known {
		own := t.known.Effective(place)
		e = early{own.Staged.Exists(), own.NameEarly(), own.Transformations().Inherit() && place.Level != gloo.HostLevel}
		t.stages[place] = e
	}
	return e
}

// early names the spans where the user names some in the early stage: those of
// other requests there too, as a name in the regular stage would win over the
// user's. Where that stage is written elsewhere, so are their names.
func (n naming) early(place *gloo.Options, own gloo.Transformations) {
	n.yields = append(n.yields, own.Regular().Path)
	stage := own.Early()
	n.entries(place, stage)
	if stage.Exists() && stage.CatchAll() < 0 && (!own.Inherit() || place.Level == gloo.HostLevel) {
		n.last(place, stage)
	}
}

// namedEarly tells whether an entry of the early stage that runs at a place may
// name the span: a name in the regular stage would win over the user's.
func (t *tree) namedEarly(place *gloo.Options) bool {
	if t.isOption() && len(t.above()) > 0 { // those who use it say what else runs there
		return t.earlyAbove()
	}
	e := t.stagesOf(place)
	if !e.exists {
		return place.Level == gloo.RouteLevel && t.earlyAbove()
	}
	for place.Parent != nil && !e.named && e.inherits {
		if place = place.Parent; t.stagesOf(place).exists {
			e = t.stagesOf(place)
		}
	}
	return e.named || e.inherits && t.earlyInherited()
}

// isNamedEarly tells it of places, and of those above that hand on their staged
// transformations to them.
func (t *tree) isNamedEarly(places []refs.Place) (named bool) {
	var inheriting []refs.Place
	t.climb(places, false, func(at refs.Place) bool {
		e := t.stagesOf(at.Options)
		named = named || e.named
		if e.inherits {
			inheriting = append(inheriting, at)
		}
		return !named && !e.exists
	})
	return named || t.inheritsEarly(inheriting)
}

// inheritsEarly tells it of places whose stages run for those below too, and of
// those above for which that holds likewise.
func (t *tree) inheritsEarly(places []refs.Place) (named bool) {
	t.climb(places, true, func(at refs.Place) bool {
		e := t.stagesOf(at.Options)
		named = named || e.named
		return !named && (e.inherits || !e.exists)
	})
	return named
}
