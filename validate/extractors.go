package validate

import (
	"strings"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/inja"
)

// extractors are those that a template declares. A template may have tens of
// thousands of them, and as many that ask for one: each is looked up by name.
type extractors struct {
	advanced bool
	names    []string
	declared map[string]gloo.Extractor
	tree     step
}

// step is what a name, or a part of it, leads to: an extractor a.b is b in a.
type step struct {
	ends bool // a name
	next map[string]*step
}

func extractorsOf(t gloo.Template) extractors {
	e := extractors{advanced: t.Advanced(), declared: map[string]gloo.Extractor{}}
	for _, x := range t.Extractors() {
		e.names = append(e.names, x.Name)
		e.declared[x.Name] = x
		at := &e.tree
		for part := range strings.SplitSeq(x.Name, ".") {
			if at.next == nil {
				at.next = map[string]*step{}
			}
			if at.next[part] == nil {
				at.next[part] = &step{}
			}
			at = at.next[part]
		}
		at.ends = true
	}
	return e
}

// declares tells whether there is an extractor of a name.
func (e extractors) declares(name string) bool {
	_, ok := e.declared[name]
	return ok
}

// define tells whether a variable gets its value, or part of it, from an extractor:
// without advancedTemplates, an extractor a.b defines b in a.
func (e extractors) define(v inja.Variable) bool {
	if e.advanced || len(e.names) == 0 {
		return false
	}
	at := &e.tree
	for _, part := range v.Path {
		if at = at.next[part]; at == nil {
			return false
		}
		if at.ends {
			return true
		}
	}
	return true
}

// nearest is the extractor that was meant by a name, empty if none is near.
func (e extractors) nearest(name string) string { return gloo.Nearest(name, e.names) }
