package document

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gomodules.xyz/jsonpatch/v2"
)

// Removal is one value to take out of an object.
type Removal struct {
	Pointer string
	// Void is the text of a null, {} or [] with the white space before it, which
	// is to stand in the value's place; nil if the value's key or item goes too.
	Void *string
	// Text is what the value, a string, becomes instead of going; nil if it goes.
	Text *string
}

// RemoveAll is the inverse of AddAll: what that has put into the file goes, and the
// bytes before and after it are what they were. What somebody has put around an
// addition since stays. All removals from an object are applied one after the
// other, or none.
//
// As with AddAll, the result is read again, and has to say what it said before but
// for what was to go. The errors are one for each object, nil where all went well,
// or else of type *Error. A List of thousands of objects is not read again for each.
func (f *File) RemoveAll(objects []*Object, removals [][]Removal) []error {
	var changes []change
	for i, o := range objects {
		changes = append(changes, removal(o, removals[i]))
	}
	return f.changeAll(changes)
}

// removal is the change by removals.
func removal(o *Object, removals []Removal) change {
	c := change{object: o}
	for begin, end := 0, 0; begin < len(removals); begin = end {
		for end = begin; end < len(removals) && removals[end].Text == nil && removals[end].Void == nil; end++ {
		}
		if several := removals[begin:end]; len(several) > 0 {
			c.steps = append(c.steps, func(d *doc, path []string) *Error { return d.removeSeveral(path, several) })
			continue
		}
		r := removals[begin]
		end = begin + 1
		c.steps = append(c.steps, func(d *doc, path []string) *Error {
			if r.Text != nil {
				return d.replace(path, jsonpatch.NewOperation("replace", r.Pointer, *r.Text))
			}
			return d.remove(path, r)
		})
	}
	return c
}

// Void is the text of the null, {} or [] at a JSON pointer of the object, with
// the white space before it.
func (o *Object) Void(pointer string) (text string, ok bool) {
	tokens, err := splitPointer(pointer)
	if err != nil {
		return "", false
	}
	n := o.doc.tree()
	for _, token := range slices.Concat(o.path, tokens) {
		c := n.child(token)
		if c == nil {
			return "", false
		}
		n = c.value
	}
	if !n.isVoid() || n.end < 0 {
		return "", false
	}
	text = string(o.doc.text[spaceBefore(o.doc.text, n.start):n.end])
	return text, !strings.ContainsAny(text, "#")
}

// spaceBefore is where the spaces and tabs before pos start.
func spaceBefore(text []byte, pos int) int {
	return len(bytes.TrimRight(text[:pos], " \t"))
}

// remove applies one removal to d, relative to the object at path.
func (d *doc) remove(path []string, r Removal) *Error {
	tokens, err := splitPointer(r.Pointer)
	if err != nil || len(tokens) == 0 {
		return at(d.tree().lineAt(path), "remove %q: no JSON pointer to a place in the object", r.Pointer)
	}
	tokens = slices.Concat(path, tokens)
	number := d.tree().lineAt(tokens)
	want, problem := d.content()
	if problem != nil {
		return problem
	}
	var void any
	if r.Void != nil {
		if void, err = voidValue(*r.Void); err != nil {
			return at(number, "remove %s: %w", r.Pointer, err)
		}
	}
	want, gone, err := without(want, tokens, r.Void != nil, void)
	if err != nil {
		return at(number, "remove %s: %w", r.Pointer, err)
	}
	edits, problem := d.editor().removals(tokens, r.Void)
	if problem != nil {
		return problem
	}
	// Which edit is the inverse of the addition shows when it is added again. If none
	// does, as something was added behind it, it is the one that takes the least.
	var best *doc
	for _, e := range edits {
		if e.start < 0 || e.end < e.start || e.end > len(d.text) {
			continue
		}
		next := *d
		next.text = slices.Concat(d.text[:e.start], []byte(e.text), d.text[e.end:])
		if err = next.reread(want); err != nil {
			continue
		}
		if best == nil || len(next.text) > len(best.text) {
			best = &next
		}
		if next.gives(d, tokens, gone, r.Void != nil) {
			best = &next
			break
		}
	}
	if best == nil {
		return at(number, "remove %s: the file is written in a way that can not be edited safely: remove it by hand", r.Pointer)
	}
	*d = *best
	return nil
}

// gives tells whether adding value to d at the tokens gives what is in other.
func (d *doc) gives(other *doc, tokens []string, value any, filled bool) bool {
	pointer := ""
	for i, t := range tokens {
		if i == len(tokens)-1 && !filled {
			holder := d.at(tokens[:i])
			if n, ok := index(t); ok && holder.kind == list && n == len(holder.children) {
				t = "-"
			}
		}
		pointer += "/" + pointerEscape.Replace(t)
	}
	try := *d
	if filled { // one addition after the other, as they came
		return d.fills(other, pointer, value)
	}
	return try.add(nil, jsonpatch.NewOperation("add", pointer, value)) == nil && bytes.Equal(try.text, other.text)
}

// fills tells whether what value holds, added into the empty place at the
// pointer, gives what is in other.
func (d *doc) fills(other *doc, pointer string, value any) bool {
	whole, parts := *d, *d
	if whole.add(nil, jsonpatch.NewOperation("add", pointer, value)) == nil && bytes.Equal(whole.text, other.text) {
		return true
	}
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v { // more than one come out by themselves before
			if parts.add(nil, jsonpatch.NewOperation("add", pointer+"/"+pointerEscape.Replace(key), below)) != nil {
				return false
			}
		}
	case []any:
		for _, item := range v {
			if parts.add(nil, jsonpatch.NewOperation("add", pointer+"/-", item)) != nil {
				return false
			}
		}
	}
	return bytes.Equal(parts.text, other.text)
}

// voidValue is what the text of an empty value says.
func voidValue(text string) (any, error) {
	switch compact := strings.Map(func(c rune) rune {
		if isSpace(c) {
			return -1
		}
		return c
	}, text); compact {
	case "{}":
		return map[string]any{}, nil
	case "[]":
		return []any{}, nil
	case "", "~", "null", "Null", "NULL":
		return nil, nil
	}
	return nil, fmt.Errorf("%q is not empty", text)
}

// without is v without the value at the tokens, which is given too; or with an
// empty one in its place.
func without(v any, tokens []string, keep bool, void any) (rest, gone any, err error) {
	token, last := tokens[0], len(tokens) == 1
	switch v := v.(type) {
	case map[string]any:
		old, ok := v[token]
		switch {
		case !ok:
			return nil, nil, fmt.Errorf("there is no %q", token)
		case last && keep:
			v[token] = void
			return v, old, nil
		case last:
			delete(v, token)
			return v, old, nil
		}
		v[token], gone, err = without(old, tokens[1:], keep, void)
		return v, gone, err
	case []any:
		i, ok := index(token)
		switch {
		case !ok || i >= len(v):
			return nil, nil, fmt.Errorf("%q is not in the list", token)
		case last && keep:
			gone, v[i] = v[i], void
			return v, gone, nil
		case last:
			gone = v[i]
			return slices.Delete(v, i, i+1), gone, nil
		}
		v[i], gone, err = without(v[i], tokens[1:], keep, void)
		return v, gone, err
	}
	return nil, nil, errors.New("there is neither a map nor a list")
}
