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
	if i < 0 {
		return false
	}
	var all []placed
	for _, a := range additions {
		for _, op := range a.Operations {
			all = append(all, placed{a.Object.path, op})
		}
	}
	if len(all) == 0 {
		return d.tree() != nil
	}
	edited, ok := d.withAll(all)
	if !ok {
		return false
	}
	added, r := make([][]byte, len(additions)), newReader(edited.text)
	for i, a := range additions {
		var problem *Error
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

// placed is an operation relative to path.
type placed struct {
	path []string
	op   jsonpatch.Operation
}

// withAll is the document after additions, read once. It is not ok if they are not
// independent of each other, or if anything is wrong with one.
func (d *doc) withAll(additions []placed) (edited doc, ok bool) {
	if d.tree() == nil {
		return doc{}, false
	}
	want, problem := d.content()
	if problem != nil {
		return doc{}, false
	}
	var edits []edit
	editor := d.editor()
	for _, a := range additions {
		e, next, ok := editor.independent(a.path, a.op, want)
		if !ok {
			return doc{}, false
		}
		edits, want = append(edits, e), next
	}
	return d.edited(edits, want)
}

// edited is the document after edits, which has to say what is wanted. It is not
// ok if one edit is in another's way.
func (d *doc) edited(edits []edit, want any) (edited doc, ok bool) {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	edited, end := *d, 0
	edited.text = nil
	for i, e := range edits {
		if e.start < end || e.end < e.start || e.end > len(d.text) || i > 0 && e.start == end && !e.follows(edits[i-1]) {
			return doc{}, false
		}
		edited.text = append(append(edited.text, d.text[end:e.start]...), e.text...)
		end = e.end
	}
	edited.text = append(edited.text, d.text[end:]...)
	return edited, edited.reread(want) == nil
}

// follows tells whether an edit can be made where the one before it ends: of what is
// put in at one place, such as items at a list's end, the later comes behind, and so
// it does of what is taken out.
func (e edit) follows(before edit) bool {
	return before.start == before.end && e.start == e.end || before.text == "" && e.text == ""
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
