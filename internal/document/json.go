package document

import (
	"bytes"
	"encoding/json"
)

// readJSON reads the text from pos on, which is known to be JSON. The YAML
// parser does not accept all of JSON.
func (r *reader) readJSON(pos int) (*node, *Error) {
	j := &jsonReader{text: r.text, d: json.NewDecoder(bytes.NewReader(r.text[pos:])), base: pos, line: countLines(r.text[:pos])}
	j.d.UseNumber()
	j.end = pos
	t, err := j.token()
	if err != nil {
		return nil, err
	}
	return j.value(t, 0)
}

type jsonReader struct {
	text       []byte
	d          *json.Decoder
	base       int // where in the text the decoder began
	start, end int // of the last token
	line       int // lines before the last token
}

// token reads the next token but for the commas and colons, of which the
// decoder takes care.
func (j *jsonReader) token() (json.Token, *Error) {
	j.start = j.end
	for j.start < len(j.text) && bytes.IndexByte([]byte(" \t\r\n,:"), j.text[j.start]) >= 0 {
		j.start++
	}
	j.line += countLines(j.text[j.end:j.start])
	t, err := j.d.Token()
	if err != nil {
		return nil, at(j.line, "%w", err)
	}
	j.end = j.base + int(j.d.InputOffset())
	return t, nil
}

// value reads the value that begins with token t.
func (j *jsonReader) value(t json.Token, depth int) (*node, *Error) {
	n := &node{line: j.line, start: j.start, flow: true}
	if depth > maxDepth {
		return nil, at(j.line, "nested more than %d levels deep", maxDepth)
	}
	switch t {
	case json.Delim('{'):
		n.kind = mapping
	case json.Delim('['):
		n.kind = list
	default:
		n.end = j.end
		n.json = j.text[n.start:n.end:n.end]
		return n, nil
	}
	seen := map[string]bool{}
	for j.d.More() {
		t, err := j.token()
		if err != nil {
			return nil, err
		}
		c := child{start: j.start, line: j.line}
		if n.kind == mapping {
			c.key, _ = t.(string)
			if seen[c.key] {
				return nil, at(c.line, "key %q is there twice", c.key)
			}
			seen[c.key] = true
			if t, err = j.token(); err != nil {
				return nil, err
			}
		}
		if c.value, err = j.value(t, depth+1); err != nil {
			return nil, err
		}
		c.end = c.value.end
		n.children = append(n.children, c)
	}
	if _, err := j.token(); err != nil {
		return nil, err
	}
	n.end = j.end
	return n, nil
}
