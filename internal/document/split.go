package document

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

var bom = []byte("\uFEFF")

// lineLen is the length of the first line of b with its line break. Besides LF,
// CR LF and CR, YAML 1.1 breaks lines at NEL, LS and PS, and so does the YAML
// parser when it looks for a "---".
func lineLen(b []byte) int {
	for i := 0; i < len(b); i++ {
		if n := breakLen(b[i:]); n > 0 {
			return i + n
		}
	}
	return len(b)
}

// breakLen is the length of the line break that b begins with, or 0.
func breakLen(b []byte) int {
	switch {
	case b[0] == '\n':
		return 1
	case b[0] == '\r':
		if len(b) > 1 && b[1] == '\n' {
			return 2
		}
		return 1
	case b[0] == 0xC2 && len(b) > 1 && b[1] == 0x85:
		return 2
	case b[0] == 0xE2 && len(b) > 2 && b[1] == 0x80 && (b[2] == 0xA8 || b[2] == 0xA9):
		return 3
	}
	return 0
}

// countLines counts the line breaks that an editor shows: NEL, LS and PS are
// none.
func countLines(b []byte) int {
	n := bytes.Count(b, []byte("\n"))
	for i, c := range b {
		if c == '\r' && (i+1 == len(b) || b[i+1] != '\n') {
			n++
		}
	}
	return n
}

// lineBreak is the first line break of b, or LF if b is a single line.
func lineBreak(b []byte) string {
	i := bytes.IndexAny(b, "\r\n")
	if i < 0 {
		return "\n"
	}
	return string(b[i : i+breakLen(b[i:])])
}

// endsLine tells whether b ends with a line break.
func endsLine(b []byte) bool {
	c, _ := utf8.DecodeLastRune(b)
	return c != ' ' && c != '\t' && isSpace(c)
}

// isMarker tells whether a line is a "---" or "..." line.
func isMarker(line []byte, mark string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(mark))
	return ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t' || breakLen(rest) > 0)
}

// isRemark tells whether a line, or the rest of one, is blank or a comment.
func isRemark(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return len(line) == 0 || line[0] == '#' || breakLen(line) > 0
}

// split cuts src into its documents; together they are src. A line that begins
// with "---" or "..." ends a document wherever it stands, even in a block
// scalar, so lines are all there is to look at.
func split(src []byte) [][]byte {
	var docs [][]byte
	start := 0
	cut := func(end int) {
		if end > start {
			docs = append(docs, splitJSON(src[start:end:end])...)
			start = end
		}
	}
	open := false // something other than directives and comments was seen
	for pos := 0; pos < len(src); {
		if !open && bytes.HasPrefix(src[pos:], bom) {
			// It counts as a column unless it is the first thing a parser sees.
			cut(pos)
			pos += len(bom)
			cut(pos)
		}
		line := src[pos : pos+lineLen(src[pos:])]
		switch {
		case isMarker(line, "---"):
			if open {
				cut(pos)
			}
			open = true
		case isMarker(line, "..."):
			cut(pos + len(line))
			open = false
		case !isRemark(line) && line[0] != '%':
			open = true
		}
		pos += len(line)
	}
	cut(len(src))
	return docs
}

// splitJSON cuts a document that is several JSON objects in a row, as jq makes
// and kubectl takes them. Any other document is left whole.
func splitJSON(text []byte) [][]byte {
	start := contentStart(text)
	if content := bytes.TrimLeft(text[start:], " \t\r\n"); len(content) == 0 || content[0] != '{' {
		return [][]byte{text}
	}
	ends := []int{0}
	d := json.NewDecoder(bytes.NewReader(text[start:]))
	for d.More() {
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return [][]byte{text}
		}
		ends = append(ends, start+int(d.InputOffset()))
	}
	ends[len(ends)-1] = len(text) // what comes after the last one is part of its document
	var docs [][]byte
	for i, end := range ends[1:] {
		docs = append(docs, text[ends[i]:end:end])
	}
	return docs
}

// contentStart is where a document begins after its directives, its "---" and
// the comments and blank lines around them; the length of text if nothing does.
func contentStart(text []byte) int {
	for pos := 0; pos < len(text); {
		line := text[pos : pos+lineLen(text[pos:])]
		switch {
		case isMarker(line, "---") && !isRemark(line[3:]):
			return pos + 3
		case isMarker(line, "---"), isMarker(line, "..."), isRemark(line), line[0] == '%', bytes.Equal(line, bom):
			pos += len(line)
		default:
			return pos
		}
	}
	return len(text)
}

// isEmpty tells whether a document holds nothing, not even a comment.
func isEmpty(text []byte) bool {
	return contentStart(text) == len(text) && !bytes.Contains(text, []byte("#"))
}
