package document

import (
	"bytes"
	"strings"
)

// blockAppend puts the entry or item that value holds after the last one of n,
// and after the comments that belong to that one.
func (e *editor) blockAppend(n *node, value any) (edit, *Error) {
	return e.insertAfter(n, e.behindComments(n), value)
}

// behindComments is where the last child of n ends with the comments below it that
// are its own: those indented deeper than n, or as deep if that child is a list
// which is not indented itself.
func (e *editor) behindComments(n *node) int {
	least := n.indent + 1
	if last := n.children[len(n.children)-1].value; last != nil && last.kind == list && !last.flow && !last.shared {
		least = min(least, last.indent)
	}
	end := n.end
	for pos := e.lineEnd(end); pos < len(e.text); {
		pos += breakLen(e.text[pos:])
		next := e.lineEnd(pos)
		switch rest := bytes.TrimLeft(e.text[pos:next], " "); {
		case len(rest) == 0:
		case rest[0] == '#' && next-pos-len(rest) >= least:
			end = next
		default:
			return end
		}
		pos = next
	}
	return end
}

// insertAfter puts lines for n after the line in which a child ends.
func (e *editor) insertAfter(n *node, end int, value any) (edit, *Error) {
	lines, err := e.block(value)
	if err != nil {
		return edit{}, at(n.line, "%w", err)
	}
	pos := e.lineEnd(end)
	return edit{pos, pos, e.join(n.indent, lines)}, nil
}

// blockInsert puts value before item i of list n.
func (e *editor) blockInsert(n *node, i int, value any) (edit, *Error) {
	if i > 0 {
		return e.insertAfter(n, n.children[i-1].end, []any{value})
	}
	lines, err := e.block([]any{value})
	if err != nil {
		return edit{}, at(n.line, "%w", err)
	}
	text := strings.TrimPrefix(e.join(n.indent, lines), e.eol)
	start := e.lineStart(n.start)
	if len(strings.TrimLeft(string(e.text[start:n.start]), " ")) > 0 {
		// The first dash follows another one: its line goes on with the new item.
		pad := strings.Repeat(" ", n.indent)
		return edit{n.start, n.start, strings.TrimPrefix(text, pad) + e.eol + pad}, nil
	}
	return edit{start, start, text + e.eol}, nil
}

// blockFill puts value in the place of old, a child of the block n. What comes
// first goes behind the key or dash, before a comment; the rest under it.
func (e *editor) blockFill(n, old *node, value any) (edit, *Error) {
	var wrapped any = []any{value}
	before := len("-")
	if n.kind == mapping {
		wrapped = map[string]any{"k": value}
		before = len("k:")
	}
	lines, err := e.block(wrapped)
	if err != nil {
		return edit{}, at(old.line, "%w", err)
	}
	end := e.lineEnd(old.end)
	comment := string(e.text[old.end:end])
	start := old.start
	for start > 0 && (e.text[start-1] == ' ' || e.text[start-1] == '\t') {
		start--
	}
	return edit{start, end, lines[0][before:] + comment + e.join(n.indent, lines[1:])}, nil
}

// join is lines, each after a line break, moved to the right.
func (e *editor) join(indent int, lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(e.eol)
		if l != "" {
			b.WriteString(strings.Repeat(" ", indent))
			b.WriteString(l)
		}
	}
	return b.String()
}
