package document

import (
	"cmp"
	"slices"

	"gomodules.xyz/jsonpatch/v2"
)

// Addition is what is to be added to one object.
type Addition struct {
	Object *Object
	// Operations (RFC 6902) have paths that are relative to the object.
	Operations []jsonpatch.Operation
}

// AddAll changes objects by operations, of each object all of them or none. One
// that adds can set a key that is not there or whose value is null, {} or [], and
// it can put an item into a list. It takes a null for the map or, if it appends to
// it with "-", for the list that it could have been.
//
// The edited document is read again: unless it says exactly what it said before
// and what the operations add, the result is an error and the object stays as it
// is. It is an error too if an addition would show in other places because of
// an anchor. The errors are one for each addition, nil where all went well, or
// else of type *Error.
//
// Where additions lie apart, a document is read again once for all of them, and
// not once for each: a List of thousands of objects takes no longer than so many
// documents.
func (f *File) AddAll(additions []Addition) []error {
	errs := make([]error, 0, len(additions))
	for begin, end := 0, 0; begin < len(additions); begin = end {
		d := additions[begin].Object.doc
		for end = begin; end < len(additions) && additions[end].Object.doc == d; end++ {
		}
		if f.addTogether(d, additions[begin:end]) {
			errs = append(errs, make([]error, end-begin)...)
			continue
		}
		var changes []change
		for _, a := range additions[begin:end] {
			changes = append(changes, addition(a.Object, a.Operations))
		}
		errs = append(errs, f.changeAll(changes)...)
	}
	return errs
}

// addTogether applies the additions to a document with one reading. It does
// nothing and returns false if they are not independent of each other, or if
// anything is wrong with one: then change says what.
func (f *File) addTogether(d *doc, additions []Addition) bool {
	i := slices.Index(f.docs, d)
	if i < 0 || d.tree() == nil {
		return false
	}
	want, problem := d.content()
	if problem != nil {
		return false
	}
	var edits []edit
	editor := d.editor()
	for _, a := range additions {
		for _, op := range a.Operations {
			e, next, ok := editor.independent(a.Object.path, op, want)
			if !ok {
				return false
			}
			edits, want = append(edits, e), next
		}
	}
	if len(edits) == 0 {
		return true
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	for i := range edits[1:] {
		// Of what is put in at one place, such as items at a list's end, the later comes behind.
		if a, b := edits[i], edits[i+1]; a.end >= b.start && (a.end != b.start || a.start != a.end || b.start != b.end) {
			return false
		}
	}
	edited := *d
	edited.text = slices.Clone(d.text[:edits[0].start])
	for i, e := range edits {
		rest := len(d.text)
		if i+1 < len(edits) {
			rest = edits[i+1].start
		}
		edited.text = append(append(edited.text, e.text...), d.text[e.end:rest]...)
	}
	if edited.reread(want) != nil {
		return false
	}
	added, r := make([][]byte, len(additions)), newReader(edited.text)
	for i, a := range additions {
		if added[i], problem = r.json(edited.at(a.Object.path)); problem != nil {
			return false
		}
	}
	f.put(i, edited)
	for i, a := range additions {
		a.Object.json = added[i]
	}
	return true
}

// independent is the edit for an operation on the document as it is, and what
// the document says after it and those before it. It is not ok if the operation
// builds on another, or on the places of a list's items.
func (e *editor) independent(path []string, op jsonpatch.Operation, content any) (change edit, want any, ok bool) {
	tokens, err := splitPointer(op.Path)
	if err != nil || len(tokens) == 0 || op.Operation != "add" {
		return edit{}, nil, false
	}
	tokens = slices.Concat(path, tokens)
	holder := e.root
	for _, token := range tokens[:len(tokens)-1] {
		c := holder.child(token)
		if c == nil {
			return edit{}, nil, false
		}
		holder = c.value
	}
	if holder.kind == list && tokens[len(tokens)-1] != "-" {
		return edit{}, nil, false
	}
	value, err := normal(op.Value)
	if err != nil {
		return edit{}, nil, false
	}
	if want, err = patched(content, tokens, value); err != nil {
		return edit{}, nil, false
	}
	change, problem := e.edit(tokens, value)
	if problem != nil || change.end == len(e.text) && endsLine(e.text) {
		return edit{}, nil, false
	}
	return change, want, true
}
