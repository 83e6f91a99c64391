package mutate

import (
	"gomodules.xyz/jsonpatch/v2"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// patch collects what is added to one object. It can only add: to a map that is
// there, or with the maps that are missing on the way.
type patch struct {
	object     gloo.Object
	operations []jsonpatch.Operation
	added      []string
	notes      *finding.Report
}

// add adds value at path. It does nothing where the user has written something
// else than a map on the way: that is a mistake which validation reports.
func (p *patch) add(what string, path *gloo.Path, value any) {
	for parent := path.Parent(); parent != nil; path, parent = parent, parent.Parent() {
		if v := p.object.At(parent); v.IsMap() {
			break
		} else if v.Exists() {
			return
		}
		value = map[string]any{path.Name(): value}
	}
	p.operations = append(p.operations, jsonpatch.NewOperation("add", path.Pointer(), value))
	p.added = append(p.added, what)
}

// append adds items to the end of a list, or as a list where there is none.
func (p *patch) append(what string, list gloo.Value, items ...any) {
	if !list.Exists() {
		if len(items) > 0 {
			p.add(what, list.Path, items)
		}
		return
	}
	if !list.IsList() {
		return
	}
	for _, item := range items {
		p.operations = append(p.operations, jsonpatch.NewOperation("add", list.Path.Pointer()+"/-", item))
		p.added = append(p.added, what)
	}
}
