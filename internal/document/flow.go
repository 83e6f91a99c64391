package document

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Flow style is what stands in braces and brackets: all of JSON, and parts of
// YAML.

// flowAppend puts the entry or item that value holds after the last one of n.
func (e *editor) flowAppend(n *node, value any) (edit, *Error) {
	if open := e.text[n.start]; open != '{' && open != '[' {
		return edit{}, at(n.line, "this map has no braces")
	}
	last := n.children[len(n.children)-1]
	pos, comma := last.end, ","
	text := e.inside(last.start, value)
	if next := e.skipSpace(pos); e.text[next] == ',' { // there is one behind the last, and will be
		pos, comma = next+1, ""
		text += ","
	}
	indent, alone := e.indentation(last.start)
	if !alone {
		return edit{pos, pos, comma + e.gap() + text}, nil
	}
	end := e.lineEnd(pos)
	if !isRemark(e.text[pos:end]) {
		end = pos // the closing brace is in this line
	}
	return edit{pos, end, comma + string(e.text[pos:end]) + e.eol + indent + text}, nil
}

// flowInsert puts value before item i of list n.
func (e *editor) flowInsert(n *node, i int, value any) (edit, *Error) {
	pos := n.children[i].start
	gap := e.gap()
	if indent, alone := e.indentation(pos); alone {
		gap = e.eol + indent
	}
	return edit{pos, pos, e.inside(pos, []any{value}) + "," + gap}, nil
}

// flowValue is value as it comes after the key of c, or for the item c.
func (e *editor) flowValue(c *child, value any) string {
	if e.json {
		return e.jsonText(c.start, value)
	}
	return Flow(value)
}

// inside is what stands between the brackets of value, which has one child, if
// it starts at pos or in a line like it.
func (e *editor) inside(pos int, value any) string {
	if !e.json {
		text := Flow(value)
		return text[1:max(1, len(text)-1)]
	}
	switch v := value.(type) {
	case map[string]any:
		for key, value := range v {
			return string(quote(key)) + ":" + e.colonGap() + e.jsonText(pos, value)
		}
	case []any:
		return e.jsonText(pos, v[0])
	}
	return ""
}

// indentation is the white space before pos in its line, and whether there is
// nothing else.
func (e *editor) indentation(pos int) (string, bool) {
	before := e.text[e.lineStart(pos):pos]
	rest := bytes.TrimLeft(before, " \t")
	return string(before[:len(before)-len(rest)]), len(rest) == 0
}

// gap is what stands between a comma and what follows it in the same line.
func (e *editor) gap() string {
	if e.json && len(e.root.children) > 1 && e.text[e.root.children[1].start-1] == ',' {
		return ""
	}
	return " "
}

// colonGap is what stands between a colon and a value in JSON.
func (e *editor) colonGap() string {
	if e.text[e.root.children[0].value.start-1] == ':' {
		return ""
	}
	return " "
}

// jsonText is value as JSON, in several lines if pos starts a line.
func (e *editor) jsonText(pos int, value any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	indent, alone := e.indentation(pos)
	if alone {
		step, _ := e.indentation(e.root.children[0].start)
		enc.SetIndent(indent, step)
	}
	_ = enc.Encode(value) // it came from JSON
	text := strings.TrimSuffix(b.String(), "\n")
	if alone {
		return strings.ReplaceAll(text, "\n", e.eol)
	}
	return spaced(text, e.colonGap(), e.gap())
}

// spaced is compact JSON with gaps after its colons and commas.
func spaced(text, colon, comma string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		b.WriteByte(c)
		switch {
		case quoted && c == '\\':
			i++
			b.WriteByte(text[i])
		case c == '"':
			quoted = !quoted
		case !quoted && c == ':':
			b.WriteString(colon)
		case !quoted && c == ',':
			b.WriteString(comma)
		}
	}
	return b.String()
}
