package gloo

import (
	"iter"
	"slices"
	"strconv"
)

// Value is a JSON value of an object together with its path. Asking a value for
// a child that does not exist, or that cannot exist because the value is no
// map, gives a Value that does not exist but knows its path, so that a view
// never has to check on the way down.
type Value struct {
	Path *Path

	tree *tree // nil if the value does not exist
	node uint32
}

func (v Value) kind() jsonKind {
	if v.tree == nil {
		return jsonNull
	}
	return v.tree.nodes[v.node].kind
}

// Exists tells whether the value is in the document. A null counts as absent,
// as it does for Gloo and for the API server.
func (v Value) Exists() bool { return v.kind() != jsonNull }

// IsMap tells whether the value is a JSON object.
func (v Value) IsMap() bool { return v.kind() == jsonMap }

// IsList tells whether the value is a JSON array.
func (v Value) IsList() bool { return v.kind() == jsonList }

// Child is the value of a field, further ones below it. Of a field that is
// written twice it is the first.
func (v Value) Child(names ...string) Value {
	for _, n := range names {
		v = v.child(n)
	}
	return v
}

func (v Value) child(name string) Value {
	path := &Path{parent: v.Path, name: name}
	next := Value{Path: path}
	if v.kind() != jsonMap {
		return next
	}
	nodes := v.tree.nodes
	for i := v.node + 1; i < nodes[v.node].after; i = nodes[i].after {
		if v.tree.name(&nodes[i]) == name {
			next.tree, next.node = v.tree, i
			path.tree, path.node = v.tree, i
			break
		}
	}
	return next
}

// has tells whether one of the fields exists. It makes no path, which takes longer
// than to look.
func (v Value) has(names ...string) bool {
	if v.kind() != jsonMap {
		return false
	}
	nodes := v.tree.nodes
	for i := v.node + 1; i < nodes[v.node].after; i = nodes[i].after {
		if nodes[i].kind != jsonNull && slices.Contains(names, v.tree.name(&nodes[i])) {
			return true
		}
	}
	return false
}

// Items are the items of a list; none if the value is no list.
func (v Value) Items() []Value {
	if v.kind() != jsonList {
		return nil
	}
	nodes := v.tree.nodes
	n := 0
	for i := v.node + 1; i < nodes[v.node].after; i = nodes[i].after {
		n++
	}
	items, paths := make([]Value, n), make([]Path, n) // in two pieces, however many they are
	i := v.node + 1
	for place := range items {
		paths[place] = Path{parent: v.Path, index: int32(place), tree: v.tree, node: i}
		items[place] = Value{Path: &paths[place], tree: v.tree, node: i}
		i = nodes[i].after
	}
	return items
}

// All are the items of a list one by one, for those who do not keep them: a
// list may have a million.
func (v Value) All() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.kind() != jsonList {
			return
		}
		nodes, place := v.tree.nodes, int32(0)
		for i := v.node + 1; i < nodes[v.node].after; i, place = nodes[i].after, place+1 {
			if !yield(Value{Path: &Path{parent: v.Path, index: place, tree: v.tree, node: i}, tree: v.tree, node: i}) {
				return
			}
		}
	}
}

// item is the list item that path names.
func (v Value) item(path *Path) Value {
	if v.kind() != jsonList {
		return Value{Path: path}
	}
	nodes := v.tree.nodes
	left := path.index
	for i := v.node + 1; i < nodes[v.node].after; i = nodes[i].after {
		if left == 0 {
			return Value{Path: path, tree: v.tree, node: i}
		}
		left--
	}
	return Value{Path: path}
}

// Fields calls visit with each field of a map in the document's order.
func (v Value) Fields(visit func(name string, field Value)) {
	if v.kind() != jsonMap {
		return
	}
	nodes := v.tree.nodes
	for i := v.node + 1; i < nodes[v.node].after; i = nodes[i].after {
		name := v.tree.name(&nodes[i])
		visit(name, Value{Path: &Path{parent: v.Path, name: name, tree: v.tree, node: i}, tree: v.tree, node: i})
	}
}

// Text is the value of a string; empty for anything else.
func (v Value) Text() string {
	if v.kind() != jsonString {
		return ""
	}
	return v.tree.str(&v.tree.nodes[v.node])
}

// IsEmptyText tells whether the value is a string of no characters.
func (v Value) IsEmptyText() bool { return v.kind() == jsonString && v.Text() == "" }

// IsOtherThanText tells whether there is something and it is no string.
func (v Value) IsOtherThanText() bool { return v.Exists() && v.kind() != jsonString }

// Bool is the value of a boolean and whether it is one.
func (v Value) Bool() (value, ok bool) {
	kind := v.kind()
	return kind == jsonTrue, kind == jsonTrue || kind == jsonFalse
}

// Number is the value of a number and whether it is one. As Gloo's API does, it
// takes a number written as a string.
func (v Value) Number() (float64, bool) {
	switch v.kind() {
	case jsonNumber:
		f, _ := strconv.ParseFloat(v.Raw(), 64) // too large a number is infinite
		return f, true
	case jsonString:
		f, err := strconv.ParseFloat(v.Text(), 64)
		return f, err == nil
	default:
		return 0, false
	}
}

// Texts are the strings of a map of strings, such as labels. In a file a true or
// false may be for want of quotes, and is taken for that text.
func (v Value) Texts() map[string]string {
	var texts map[string]string
	v.Fields(func(name string, field Value) {
		text := field.Text()
		if on, is := field.Bool(); is {
			text = strconv.FormatBool(on)
		} else if field.kind() != jsonString {
			return
		}
		if texts == nil {
			texts = map[string]string{}
		}
		texts[name] = text
	})
	return texts
}

// Raw is the value as it stands in the document.
func (v Value) Raw() string {
	if v.tree == nil {
		return ""
	}
	n := &v.tree.nodes[v.node]
	return v.tree.text(n.start, n.end)
}
