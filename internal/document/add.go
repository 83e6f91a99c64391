package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"gomodules.xyz/jsonpatch/v2"
)

// addition is the change by operations.
func addition(o *Object, ops []jsonpatch.Operation) change {
	c := change{object: o}
	for _, op := range ops {
		c.steps = append(c.steps, func(d *doc, path []string) *Error { return d.apply(path, op) })
	}
	return c
}

// change makes a change to the object's document, all of its steps or none.
func (f *File) change(c change) error {
	o := c.object
	i := slices.Index(f.docs, o.doc)
	if i < 0 {
		return &Error{File: f.Name, Line: 1, Err: errors.New("the object is of another file")}
	}
	if len(c.steps) == 0 {
		return nil
	}
	edited := *o.doc
	for _, step := range c.steps {
		if err := step(&edited, o.path); err != nil {
			return o.doc.place(f.Name, err)
		}
	}
	changed, err := newReader(edited.text).json(edited.at(o.path))
	if err != nil {
		return o.doc.place(f.Name, err)
	}
	f.put(i, edited)
	o.json = changed
	return nil
}

// put makes document i what it is after an edit.
func (f *File) put(i int, edited doc) {
	lines := countLines(edited.text) - countLines(f.docs[i].text)
	for _, d := range f.docs[i+1:] {
		d.line += lines
	}
	*f.docs[i] = edited
	f.keep(f.docs[i])
}

// at is the node in a place of the document that is known to exist.
func (d *doc) at(path []string) *node {
	n := d.tree()
	for _, token := range path {
		n = n.child(token).value
	}
	return n
}

// apply applies one operation to d, relative to the object at path.
func (d *doc) apply(path []string, op jsonpatch.Operation) *Error {
	switch op.Operation {
	case "add":
		return d.add(path, op)
	case "replace":
		return d.replace(path, op)
	case "remove":
		return d.remove(path, Removal{Pointer: op.Path})
	}
	return at(d.tree().lineAt(path), "can only add, replace and remove, not %s %s", op.Operation, op.Path)
}

// add applies an operation that adds.
func (d *doc) add(path []string, op jsonpatch.Operation) *Error {
	number := d.tree().lineAt(path)
	tokens, err := splitPointer(op.Path)
	if err != nil {
		return at(number, "add %q: %w", op.Path, err)
	}
	if len(tokens) == 0 {
		return at(number, "add needs a path below the object")
	}
	tokens = slices.Concat(path, tokens)
	number = d.tree().lineAt(tokens)
	value, err := normal(op.Value)
	if err != nil {
		return at(number, "add %s: %w", op.Path, err)
	}
	want, problem := d.content()
	if problem != nil {
		return problem
	}
	if want, err = patched(want, tokens, value); err != nil {
		return at(number, "add %s: %w", op.Path, err)
	}
	edit, problem := d.editor().edit(tokens, value)
	if problem != nil {
		return problem
	}
	if edit.end == len(d.text) && endsLine(d.text) {
		// The text would run into the next document.
		return at(number, "add %s: can not tell where the value before it ends", op.Path)
	}
	next := *d
	next.text = slices.Concat(d.text[:edit.start], []byte(edit.text), d.text[edit.end:])
	if err := next.reread(want); err != nil {
		return at(number, "add %s: the file is written in a way that can not be edited safely: %w", op.Path, err)
	}
	*d = next
	return nil
}

// reread sets the root from the text. It fails if the text is not one document
// that says what is wanted.
func (d *doc) reread(want any) error {
	if len(split(d.text)) != 1 {
		return errors.New("the result is not one document")
	}
	root, isJSON, err := newReader(d.text).read()
	if err != nil {
		return err.Err
	}
	if root == nil || isJSON != d.json {
		return errors.New("the result is of another format")
	}
	d.root = root
	got, err := d.content()
	if err != nil {
		return err.Err
	}
	if !reflect.DeepEqual(got, want) {
		return errors.New("the result would differ in other places")
	}
	return nil
}

// content is all that the document says, numbers as they are written.
func (d *doc) content() (any, *Error) {
	b, problem := newReader(d.text).json(d.tree())
	if problem != nil {
		return nil, problem
	}
	v, err := decode(b)
	if err != nil {
		return nil, at(d.tree().line, "%w", err)
	}
	return v, nil
}

func decode(b []byte) (v any, err error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	err = dec.Decode(&v)
	return v, err
}

// normal is v made of nothing but maps, lists, strings, json.Numbers, booleans
// and nils.
func normal(v any) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return decode(b)
}

// patched is v with value added at the pointer's tokens.
func patched(v any, tokens []string, value any) (any, error) {
	if len(tokens) == 0 {
		return value, nil
	}
	token, last := tokens[0], len(tokens) == 1
	if v == nil && last {
		v = map[string]any{}
		if token == "-" {
			v = []any{}
		}
	}
	switch v := v.(type) {
	case map[string]any:
		old, ok := v[token]
		if !ok && !last {
			return nil, fmt.Errorf("there is no %q to add to", token)
		}
		if last && !isVoid(old) {
			return nil, fmt.Errorf("%q has a value already", token)
		}
		below, err := patched(old, tokens[1:], value)
		v[token] = below
		return v, err
	case []any:
		i, ok := index(token)
		if last && token == "-" {
			i, ok = len(v), true
		}
		switch {
		case last && ok && i <= len(v):
			return slices.Insert(v, i, value), nil
		case last || !ok || i >= len(v):
			return nil, fmt.Errorf("%q is not in the list", token)
		}
		below, err := patched(v[i], tokens[1:], value)
		v[i] = below
		return v, err
	}
	return nil, fmt.Errorf("%q can only be added to a map or a list", token)
}

// isVoid tells whether v is a value that an addition may replace.
func isVoid(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}
