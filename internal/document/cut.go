package document

import (
	"slices"
	"strings"
)

// removals are edits that may take out what is at tokens, likely ones first.
func (e *editor) removals(tokens []string, void *string) ([]edit, *Error) {
	n := e.root
	for _, token := range tokens[:len(tokens)-1] {
		c, err := n.own(token)
		if err != nil {
			return nil, err
		}
		n = c.value
	}
	last := tokens[len(tokens)-1]
	c, err := n.own(last)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(n.children, func(other child) bool { return other.start == c.start && other.value == c.value })
	if i < 0 || c.end < 0 || c.value.end < 0 {
		return nil, at(c.line, "can not tell where this value ends")
	}
	if void != nil {
		if err := c.value.unshared(); err != nil {
			return nil, err
		}
		return e.empty(n, c, *void), nil
	}
	if n.flow {
		return e.flowRemove(n, i), nil
	}
	return e.blockRemove(n, i), nil
}

// blockRemove takes out the lines of a child.
func (e *editor) blockRemove(n *node, i int) []edit {
	c := n.children[i]
	end := e.lineEnd(c.end)
	next := end
	if end < len(e.text) {
		next += breakLen(e.text[end:])
	}
	var edits []edit
	if i > 0 {
		edits = append(edits, edit{e.lineEnd(n.children[i-1].end), end, ""})
	}
	start := e.lineStart(c.start)
	edits = append(edits, edit{start, next, ""}, edit{e.lineBefore(start), end, ""})
	if i+1 < len(n.children) { // in the line of a dash
		edits = append(edits, edit{c.start, n.children[i+1].start, ""})
	}
	return edits
}

// lineBefore is where the line ends that is before the one that starts at pos.
func (e *editor) lineBefore(pos int) int {
	if pos == 0 {
		return 0
	}
	return e.lineEnd(e.lineStart(pos - 1))
}

// flowRemove takes out a child with one of the commas around it.
func (e *editor) flowRemove(n *node, i int) []edit {
	c := n.children[i]
	if i == 0 {
		if len(n.children) == 1 {
			return []edit{{c.start, c.end, ""}}
		}
		return []edit{{c.start, n.children[1].start, ""}}
	}
	before := n.children[i-1].end
	comma := e.skipSpace(before)
	behind := e.skipSpace(c.end)
	eol := e.lineEnd(before)
	edits := []edit{{before, c.end, ""}}
	if behind < len(e.text) && e.text[behind] == ',' {
		edits = append(edits, edit{comma + 1, behind + 1, ""}, edit{eol, behind + 1, ""})
	}
	if comma < eol { // a remark after the comma
		edits = append(edits, edit{comma, c.end, string(e.text[comma+1 : eol])})
	}
	return edits
}

// empty puts the text of an empty value in the place of c, a child of n.
func (e *editor) empty(n *node, c *child, void string) []edit {
	v := c.value
	start := spaceBefore(e.text, v.start)
	if e.json {
		void = strings.TrimLeft(void, " \t")
		if void == "" || void == "~" {
			void = "null"
		}
		return []edit{{v.start, v.end, void}, {start, v.end, " " + void}}
	}
	edits := []edit{{start, v.end, void}, {v.start, v.end, void}, {v.start, v.end, strings.TrimLeft(void, " \t")}}
	if n.flow {
		return edits
	}
	end := e.lineEnd(v.end)
	first := e.lineEnd(v.start) // what is in the line of the dash or the key may end with a remark, or with spaces
	for rest := first; rest > v.start; rest-- {
		edits = append(edits, edit{start, end, void + string(e.text[rest:first])})
	}
	if n.kind == list {
		return edits
	}
	// Behind the key, before a remark. The value stands in the lines below.
	from := e.lineStart(c.start)
	first = max(e.lineEnd(from), e.lineBefore(e.lineStart(v.start)))
	for pos := first; pos >= from; pos-- {
		edits = append(edits, edit{pos, end, void + string(e.text[pos:first])})
	}
	return edits
}
