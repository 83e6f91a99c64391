package document

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// The parser tells where a value begins, in lines and characters, but not where
// it ends. The end is found by reading the text along with the value.

// line is the start of a line as the parser counts lines.
type line struct {
	offset int
	number int // lines before it as an editor counts them
}

func lineTable(text []byte) []line {
	table := []line{{}}
	for pos := 0; pos < len(text); {
		n := lineLen(text[pos:])
		pos += n
		number := table[len(table)-1].number
		if c := text[pos-1]; c == '\n' || c == '\r' {
			number++
		}
		table = append(table, line{pos, number})
	}
	return table
}

// mark is a place in the text; columns count from 1.
type mark struct{ line, column, offset int }

// offset is the place of the parser's line and column. It goes on from the last
// place it was asked for, as a document may be one long line.
func (r *reader) offset(line, column int) int {
	m := r.last
	if line != m.line || column < m.column {
		m = mark{line, 1, r.lineOf(line).offset}
	}
	for ; m.column < column && m.offset < len(r.text); m.column++ {
		_, size := utf8.DecodeRune(r.text[m.offset:])
		m.offset += size
	}
	r.last = m
	return m.offset
}

// span is a part of the text; its end is -1 if it was not found.
type span struct{ start, end int }

// lineOf is the line with the parser's number n.
func (r *reader) lineOf(n int) line {
	return r.lines[max(0, min(n, len(r.lines))-1)]
}

// lineStart is where the line starts that pos is in.
func (r *reader) lineStart(pos int) int {
	i := sort.Search(len(r.lines), func(i int) bool { return r.lines[i].offset > pos })
	return r.lines[i-1].offset
}

// column is how many characters are before pos in its line.
func (r *reader) column(pos int) int {
	return utf8.RuneCount(r.text[r.lineStart(pos):pos])
}

// open notes where a collection starts.
func (r *reader) open(v *node, n *yaml.Node, begin int) {
	v.start = begin
	if v.flow || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		_, v.start = r.skipProperties(begin)
	}
	if !v.flow {
		v.indent = r.column(v.start)
	}
}

// close notes where a collection ends, after its children were read.
func (r *reader) close(v *node) {
	v.end = v.start
	if len(v.children) > 0 {
		v.end = v.children[len(v.children)-1].end
	}
	if !v.flow || v.end < 0 || v.start >= len(r.text) {
		return
	}
	if open := r.text[v.start]; open != '{' && open != '[' {
		return // a: b in [a: b]
	}
	pos := max(v.end, v.start+1)
	for pos = r.skipSpace(pos); pos < len(r.text); pos = r.skipSpace(pos + 1) {
		switch r.text[pos] {
		case '}', ']':
			v.end = pos + 1
			return
		case ',', ':', '?':
		default:
			v.end = -1
			return
		}
	}
	v.end = -1
}

// skipSpace goes over spaces, line breaks and comments.
func (r *reader) skipSpace(pos int) int {
	for pos < len(r.text) {
		switch n := breakLen(r.text[pos:]); {
		case n > 0:
			pos += n
		case r.text[pos] == ' ' || r.text[pos] == '\t':
			pos++
		case r.text[pos] == '#':
			pos = r.lineEnd(pos)
		default:
			return pos
		}
	}
	return pos
}

// lineEnd is the place of the next line break.
func (r *reader) lineEnd(pos int) int {
	for pos < len(r.text) && breakLen(r.text[pos:]) == 0 {
		pos++
	}
	return pos
}

// skipProperties goes over an anchor and a tag. It gives the place right after
// them, and the place of what comes next.
func (r *reader) skipProperties(pos int) (after, next int) {
	after, next = pos, pos
	for next < len(r.text) && (r.text[next] == '&' || r.text[next] == '!') {
		after = next
		for after < len(r.text) && !bytes.ContainsRune([]byte(" \t,[]{}"), rune(r.text[after])) && breakLen(r.text[after:]) == 0 {
			after++
		}
		next = r.skipSpace(after)
	}
	return after, next
}

// scalarSpan is where a scalar is written, without its anchor and tag.
func (r *reader) scalarSpan(n *yaml.Node, begin int) span {
	after, start := r.skipProperties(begin)
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return span{start, r.quoteEnd(start, '"')}
	case n.Style&yaml.SingleQuotedStyle != 0:
		return span{start, r.quoteEnd(start, '\'')}
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return span{start, r.blockEnd(start, n.Value)}
	case n.Value == "":
		return span{after, after}
	}
	return span{start, r.match(start, n.Value)}
}

// quoteEnd is the place after the quote that ends a quoted scalar.
func (r *reader) quoteEnd(pos int, quote byte) int {
	for pos++; pos < len(r.text); pos++ {
		switch {
		case r.text[pos] == '\\' && quote == '"':
			pos++
		case r.text[pos] == quote && quote == '\'' && pos+1 < len(r.text) && r.text[pos+1] == quote:
			pos++
		case r.text[pos] == quote:
			return pos + 1
		}
	}
	return -1
}

// blockEnd is the end of the last line of a block scalar. Its value is in the
// text unchanged but for white space.
func (r *reader) blockEnd(pos int, value string) int {
	pos = r.match(r.lineEnd(pos), value)
	if pos < 0 {
		return -1
	}
	pos = r.lineEnd(pos)
	if value == "" || !isSpace(lastRune(value[:len(value)-1])) {
		return pos
	}
	// The value ends with blank lines, or with spaces before the line break.
	for pos < len(r.text) {
		next := pos + breakLen(r.text[pos:])
		end := r.lineEnd(next)
		if len(bytes.TrimLeft(r.text[next:end], " \t")) > 0 || end == len(r.text) {
			break
		}
		pos = end
	}
	return pos
}

// match is the place after value in the text, where it may have other white
// space; -1 if something else is there.
func (r *reader) match(pos int, value string) int {
	end := pos
	for _, c := range value {
		if isSpace(c) {
			continue
		}
		for {
			got, size := utf8.DecodeRune(r.text[pos:])
			pos += size
			if got == c && size > 0 {
				break
			}
			if !isSpace(got) || size == 0 {
				return -1
			}
		}
		end = pos
	}
	return end
}

func lastRune(s string) rune {
	c, _ := utf8.DecodeLastRuneInString(s)
	return c
}

func isSpace(c rune) bool {
	switch c {
	case ' ', '\t', '\r', '\n', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}
