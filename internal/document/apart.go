package document

import (
	"bytes"
	"slices"
	"strconv"
)

// change is what is to be done to one object, step by step.
type change struct {
	object *Object
	steps  []step
}

// step changes a document, in which the object is at path.
type step func(d *doc, path []string) *Error

// changeAll is change for many objects, with an error for each, nil where all
// went well. A List is read again for all of its items at once where they can be
// changed apart from each other.
func (f *File) changeAll(changes []change) []error {
	errs := make([]error, len(changes))
	for begin, end := 0, 0; begin < len(changes); begin = end {
		d := changes[begin].object.doc
		for end = begin; end < len(changes) && changes[end].object.doc == d; end++ {
		}
		done := f.changeApart(d, changes[begin:end])
		for i := begin; i < end; i++ {
			if !done[i-begin] {
				errs[i] = f.change(changes[i])
			}
		}
	}
	return errs
}

// changeApart changes items of a List, each in a short document that has of the
// items only this and the last. It tells which are done: none if the
// items depend on each other, and not those in which a step fails.
func (f *File) changeApart(d *doc, changes []change) (done []bool) {
	done = make([]bool, len(changes))
	place := slices.Index(f.docs, d)
	if place < 0 || len(changes) < 2 {
		return done
	}
	list := changes[0].object.path
	list = list[:max(0, len(list)-1)]
	pieces, head, ok := d.items(list)
	if !ok {
		return done
	}
	want, problem := d.content()
	if problem != nil {
		return done
	}
	manner := d.editor().manner
	after := make([][]byte, len(changes)) // the objects as JSON
	last := len(pieces) - 1
	tail := pieces[last]
	for i, c := range changes {
		number, isItem := c.object.inList(list)
		if !isItem {
			continue
		}
		rest := tail
		if number == last {
			rest = nil
		}
		short := &doc{text: slices.Concat(head, pieces[number], rest), manner: &manner}
		item, text, ok := short.changeFirst(c)
		if !ok || !bytes.HasPrefix(text, head) || !bytes.HasSuffix(text, rest) || len(text) < len(head)+len(rest) {
			continue
		}
		value, err := decode(item)
		if err != nil {
			continue
		}
		if want, _, err = without(want, c.object.path, true, value); err != nil {
			continue
		}
		pieces[number] = text[len(head) : len(text)-len(rest)]
		done[i], after[i] = true, item
	}
	edited := *d
	edited.text = slices.Concat(head, slices.Concat(pieces...))
	if edited.reread(want) != nil {
		return make([]bool, len(changes))
	}
	f.put(place, edited)
	for i, c := range changes {
		if done[i] {
			c.object.json = after[i]
		}
	}
	return done
}

// inList is the number of the object in the list at path, if it is an item of that.
func (o *Object) inList(path []string) (number int, is bool) {
	if len(o.path) != len(path)+1 || !slices.Equal(o.path[:len(path)], path) {
		return 0, false
	}
	return index(o.path[len(path)])
}

// items cuts the document into what is before the items of the list at path,
// and a piece for each item, the last with all that is behind it.
func (d *doc) items(path []string) (pieces [][]byte, head []byte, ok bool) {
	if d.tree() == nil {
		return nil, nil, false
	}
	items := d.at(path)
	if items.kind != list || items.shared || len(items.children) == 0 {
		return nil, nil, false
	}
	for i, item := range items.children {
		end := len(d.text)
		if i+1 < len(items.children) {
			end = items.children[i+1].start
		}
		if item.start >= end {
			return nil, nil, false
		}
		pieces = append(pieces, d.text[item.start:end:end])
	}
	return pieces, d.text[:items.children[0].start], true
}

// changeFirst makes a change to the first item of the List in d, which is the
// object of it in another document. It gives the item as JSON and the text of d.
func (d *doc) changeFirst(c change) (item, text []byte, ok bool) {
	path := slices.Clone(c.object.path)
	path[len(path)-1] = strconv.Itoa(0)
	if _, err := d.read(); err != nil || d.root == nil || !d.has(path) {
		return nil, nil, false
	}
	if same, err := newReader(d.text).json(d.at(path)); err != nil || !bytes.Equal(same, c.object.json) {
		return nil, nil, false
	}
	for _, step := range c.steps {
		if step(d, path) != nil {
			return nil, nil, false
		}
	}
	item, err := newReader(d.text).json(d.at(path))
	return item, d.text, err == nil
}

// has tells whether there is something at path.
func (d *doc) has(path []string) bool {
	n := d.tree()
	for _, token := range path {
		c := n.child(token)
		if c == nil {
			return false
		}
		n = c.value
	}
	return true
}
