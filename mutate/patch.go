package mutate

import (
	"gomodules.xyz/jsonpatch/v2"

	"github.com/glootrace/glootrace/internal/added"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// patch collects what is added to one object. It can only add: to a map that is
// there, or with the maps that are missing on the way.
type patch struct {
	object     gloo.Object
	operations []jsonpatch.Operation
	added      []string
	entries    []added.Entry
	values     []any // of the entries
	size       int   // of the values, in bytes
	notes      *finding.Report
	ours       []added.Found   // what was added before, and is still as it was
	oursAt     map[string]bool // where that is
	edited     map[string]bool // the pointers of what was added before, and was edited or removed since
	yields     []*gloo.Path    // where nothing may be added, as it would hide what is elsewhere
	notByRoute []notByRoute
	outdated   []notByRoute // the same of what was added before, as long as upgrade does not mend it
	told       int          // bytes of snippets in the notes
}

// maxSize is more than an API server stores of an object, in bytes: nothing is added
// to one that would become so large.
const maxSize = 3 << 20

// full tells whether more is to be added than an object has room for. What there is
// else need not be worked out.
func (p *patch) full() bool { return p.size > maxSize }

// hash is the hash of a value that is added.
func (p *patch) hash(value any) string {
	hash, size := added.Hashed(value)
	p.size += size
	return hash
}

// add adds value at path. It does nothing where the user has written something
// else than a map on the way: that is a mistake which validation reports.
func (p *patch) add(what string, path *gloo.Path, value any) {
	if r, ok := p.room(path); ok && !p.full() {
		p.operations = append(p.operations, r.operation(value))
		p.added = append(p.added, what)
		p.entries = append(p.entries, r.entry(path.Pointer(), p.hash(value)))
		p.values = append(p.values, value)
	}
}

// append adds items to the end of a list, or as a list where there is none.
func (p *patch) append(what string, list gloo.Value, items ...any) {
	if len(items) == 0 || list.Exists() && !list.IsList() || p.full() {
		return
	}
	r := room{void: void(list)}
	if !list.Exists() {
		var ok bool
		if r, ok = p.room(list.Path); !ok {
			return
		}
		p.operations = append(p.operations, r.operation(items))
		p.added = append(p.added, what)
		r.created = append(r.created, "")
	}
	for _, item := range items {
		if list.Exists() {
			p.operations = append(p.operations, jsonpatch.NewOperation("add", list.Path.Pointer()+"/-", item))
			p.added = append(p.added, what)
		}
		p.entries = append(p.entries, r.entry(list.Path.Pointer()+"/-", p.hash(item)))
		p.values = append(p.values, item)
	}
}

// room is where a value can be added.
type room struct {
	top     *gloo.Path // where the operation adds
	created []string   // the maps between that and the value, the last first
	void    *string    // what the addition takes the place of
}

// room finds where a value can be added so that it is at path in the end.
func (p *patch) room(path *gloo.Path) (r room, ok bool) {
	for parent := path.Parent(); parent != nil; path, parent = parent, parent.Parent() {
		v := p.object.At(parent)
		if v.IsMap() {
			if r.void = void(v); r.void == nil {
				r.void = void(v.Child(path.Name()))
			}
			break
		}
		if v.Exists() {
			return room{}, false
		}
		r.created = append(r.created, path.Name())
	}
	r.top = path
	return r, true
}

// operation adds value with what is missing around it.
func (r room) operation(value any) jsonpatch.Operation {
	for _, name := range r.created {
		value = map[string]any{name: value}
	}
	return jsonpatch.NewOperation("add", r.top.Pointer(), value)
}

func (r room) entry(pointer, hash string) added.Entry {
	return added.Entry{Hash: hash, Created: len(r.created), Pointer: pointer, Void: r.void}
}

// void is the text of a null, {} or [], nil of anything else.
func void(v gloo.Value) *string {
	fields := 0
	v.Fields(func(string, gloo.Value) { fields++ })
	var text string
	switch {
	case v.IsMap() && fields == 0:
		text = " {}"
	case v.IsList() && len(v.Items()) == 0:
		text = " []"
	case v.Raw() == "null":
		// as in a key without a value
	default:
		return nil
	}
	return &text
}
