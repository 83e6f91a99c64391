package document

import "strings"

// edit is a part of the text and what comes in its place.
type edit struct {
	start, end int
	text       string
}

// editor finds the edit for one addition.
type editor struct {
	*reader
	root *node
	json bool
	manner
}

// manner is how the author of a document writes.
type manner struct {
	eol  string
	step int  // columns that a level is indented by
	hang bool // lists under a key are indented by two columns less than maps, such as not at all
}

// editor is for edits of the document as it is now.
func (d *doc) editor() *editor {
	e := &editor{reader: newReader(d.text), root: d.tree(), json: d.json}
	if d.manner != nil {
		e.manner = *d.manner
	} else {
		e.eol = lineBreak(d.text)
		e.step, e.hang = style(d.tree())
	}
	return e
}

// edit finds the edit that puts value at tokens, a place where patched could
// put it.
func (e *editor) edit(tokens []string, value any) (edit, *Error) {
	var holder *node
	var place *child
	n := e.root
	for _, token := range tokens[:len(tokens)-1] {
		c, err := n.own(token)
		if err != nil {
			return edit{}, err
		}
		holder, place, n = n, c, c.value
	}
	last := tokens[len(tokens)-1]
	c, err := n.own(last)
	if err != nil {
		return edit{}, err
	}
	switch {
	case n.isVoid() && last == "-", n.kind == list && len(n.children) == 0:
		return e.fill(holder, place, []any{value})
	case n.isVoid():
		return e.fill(holder, place, map[string]any{last: value})
	case n.kind == mapping && c != nil:
		if err := c.value.unshared(); err != nil {
			return edit{}, err
		}
		return e.fill(n, c, value)
	case n.end < 0:
		return edit{}, at(n.line, "can not tell where this value ends")
	case n.kind == mapping && n.flow:
		return e.flowAppend(n, map[string]any{last: value})
	case n.kind == mapping:
		return e.blockAppend(n, map[string]any{last: value})
	}
	i, ok := index(last)
	switch atEnd := !ok || i == len(n.children); {
	case n.flow && atEnd:
		return e.flowAppend(n, []any{value})
	case n.flow:
		return e.flowInsert(n, i, value)
	case atEnd:
		return e.blockAppend(n, []any{value})
	}
	return e.blockInsert(n, i, value)
}

// own is the child of n for a token. It fails if n or the child stand for more
// places than one.
func (n *node) own(token string) (*child, *Error) {
	if err := n.unshared(); err != nil {
		return nil, err
	}
	if n.kind == scalar {
		return nil, nil
	}
	c := n.child(token)
	if c != nil && n.isMerged(c) {
		return nil, at(c.line, "%q comes from a merge key (<<): a change here would change other places too, so the object is left as it is; write it out", token)
	}
	return c, nil
}

func (n *node) unshared() *Error {
	if n.shared {
		return at(n.line, "this value has an anchor that aliases refer to: a change here would change other places too, so the object is left as it is; write the value out in place of each alias")
	}
	return nil
}

// fill puts value in the place of a null, {} or [], which is a child of holder.
func (e *editor) fill(holder *node, c *child, value any) (edit, *Error) {
	if holder == nil {
		return edit{}, at(0, "the document is empty")
	}
	old := c.value
	if old.end < 0 || old.kind != scalar && old.end < old.start+2 {
		return edit{}, at(c.line, "can not tell where this value ends")
	}
	if old.kind != scalar && strings.TrimSpace(string(e.text[old.start+1:old.end-1])) != "" {
		return edit{}, at(old.line, "there is a comment in this empty value")
	}
	if holder.kind == list && !holder.flow && c.start < old.start {
		return edit{}, at(old.line, "an anchor or a tag is before this empty value, and would be one of what is added: write it without")
	}
	if holder.flow {
		text := e.flowValue(c, value)
		if old.start > 0 && e.text[old.start-1] == ':' && !e.json {
			text = " " + text
		}
		return edit{old.start, old.end, text}, nil
	}
	return e.blockFill(holder, old, value)
}

// style looks for the first places that show how the author indents.
func style(root *node) (step int, hang bool) {
	step = 2
	foundStep, foundList := false, false
	least := 0 // of the first list under a key
	var look func(n *node)
	look = func(n *node) {
		for _, c := range n.children {
			v := c.value
			if foundStep && foundList {
				return
			}
			if v == nil || v.shared || v.flow || v.kind == scalar {
				continue
			}
			depth := v.indent - n.indent
			switch {
			case n.kind != mapping:
			case v.kind == list && !foundList:
				least, foundList = depth, true
			case v.kind == mapping && !foundStep && depth > 0:
				step, foundStep = depth, true
			}
			look(v)
		}
	}
	look(root)
	return step, foundList && least <= max(0, step-2)
}
