package document

import (
	"bytes"
	"slices"
	"strings"

	"gomodules.xyz/jsonpatch/v2"
)

// removeSeveral takes values out of d, one after the other if need be.
func (d *doc) removeSeveral(path []string, removals []Removal) *Error {
	if len(removals) > 1 {
		for likely := range 2 {
			if next, ok := d.withoutAll(path, removals, likely); ok {
				*d = next
				return nil
			}
		}
	}
	for _, r := range removals {
		if err := d.remove(path, r); err != nil {
			return err
		}
	}
	return nil
}

// withoutAll is the document without values that were added to it one after the
// other, the last of them named first. It is ok if adding them again gives what d
// is, and reads the document once for all of them. Likely is which of the edits
// that may take a value out it is that is made.
func (d *doc) withoutAll(path []string, removals []Removal, likely int) (edited doc, ok bool) {
	want, problem := d.content()
	if problem != nil {
		return doc{}, false
	}
	editor := d.editor()
	var edits []edit
	var again []placed
	for _, r := range removals {
		tokens, err := splitPointer(r.Pointer)
		if err != nil || len(tokens) == 0 {
			return doc{}, false
		}
		tokens = slices.Concat(path, tokens)
		options, problem := editor.removals(tokens, nil)
		if problem != nil || likely >= len(options) {
			return doc{}, false
		}
		edits = append(edits, options[likely])
		var gone any
		if want, gone, err = without(want, tokens, false, nil); err != nil {
			return doc{}, false
		}
		pointer, last := r.Pointer, len(tokens)-1
		if d.at(tokens[:last]).kind == list {
			pointer = pointer[:strings.LastIndex(pointer, "/")] + "/-"
		}
		again = append(again, placed{path, jsonpatch.NewOperation("add", pointer, gone)})
	}
	if edited, ok = d.edited(edits, want); !ok {
		return doc{}, false
	}
	slices.Reverse(again)
	before, ok := edited.withAll(again)
	return edited, ok && bytes.Equal(before.text, d.text)
}
