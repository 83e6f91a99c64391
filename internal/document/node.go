package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
)

type kind uint8

const (
	scalar kind = iota
	list
	mapping
)

// node is a value of a document. Places that share a value through an alias
// or a merge key share the node.
type node struct {
	kind     kind
	json     []byte  // of a scalar: its JSON
	children []child // of a list or mapping, as they stand in the text
	merged   []child // of a mapping: what its merge keys bring in

	line   int  // lines of the document before it
	start  int  // first byte, after an anchor and a tag
	end    int  // byte after the last one; -1 if that could not be found
	indent int  // of a block list or mapping: columns before its dashes or keys
	flow   bool // written in braces or brackets
	shared bool // an alias refers to it
	height int  // how deep values are nested in it
}

// child is an item of a list or an entry of a mapping. A merge key is an entry
// without a value.
type child struct {
	key        string
	value      *node
	line       int
	start, end int // from the start of the key to the end of the value as written here
}

func (n *node) isText() bool {
	return n != nil && n.kind == scalar && len(n.json) > 2 && n.json[0] == '"'
}
func (n *node) isNull() bool { return n.kind == scalar && string(n.json) == "null" }

// isVoid tells whether there is nothing in n that an addition could overwrite.
func (n *node) isVoid() bool {
	return n.isNull() || n.kind != scalar && len(n.children) == 0
}

// get is the value of a key, nil if there is none.
func (n *node) get(key string) *node {
	if n.kind == mapping {
		if c := n.child(key); c != nil {
			return c.value
		}
	}
	return nil
}

// child is the child that a token of a JSON pointer stands for, or nil.
func (n *node) child(token string) *child {
	if n.kind == list {
		if i, ok := index(token); ok && i < len(n.children) {
			return &n.children[i]
		}
		return nil
	}
	for _, children := range [][]child{n.children, n.merged} {
		for i := range children {
			if c := &children[i]; c.key == token && c.value != nil {
				return c
			}
		}
	}
	return nil
}

// lineAt is the line of what the tokens lead to, or of the last thing on the way.
func (n *node) lineAt(tokens []string) int {
	line := n.line
	for _, token := range tokens {
		c := n.child(token)
		if c == nil {
			break
		}
		n, line = c.value, c.line
	}
	return line
}

// isMerged tells whether c, a child of n, came through a merge key.
func (n *node) isMerged(c *child) bool {
	return slices.ContainsFunc(n.merged, func(m child) bool { return m.key == c.key })
}

// What stands for ~ and / in the tokens of a JSON pointer (RFC 6901).
var (
	pointerEscape   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// splitPointer gives the tokens of a JSON pointer.
func splitPointer(pointer string) ([]string, error) {
	if pointer == "" {
		return nil, nil
	}
	if pointer[0] != '/' {
		return nil, errors.New("a JSON pointer begins with a slash")
	}
	tokens := strings.Split(pointer[1:], "/")
	for i, t := range tokens {
		tokens[i] = pointerUnescape.Replace(t)
	}
	return tokens, nil
}

// index reads a list index as JSON pointers write it.
func index(token string) (int, bool) {
	i, err := strconv.Atoi(token)
	return i, err == nil && i >= 0 && strconv.Itoa(i) == token
}

// json writes n as JSON. It fails if aliases make that much longer than the
// document is.
func (r *reader) json(n *node) ([]byte, *Error) {
	b, err := r.appendJSON(nil, n)
	return slices.Clip(b), err
}

func (r *reader) appendJSON(b []byte, n *node) ([]byte, *Error) {
	if err := r.spend(1+len(n.json), n.line); err != nil {
		return nil, err
	}
	var err *Error
	switch n.kind {
	case scalar:
		return append(b, n.json...), nil
	case list:
		b = append(b, '[')
		for i, c := range n.children {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = r.appendJSON(b, c.value); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	b = append(b, '{')
	comma := false
	for _, children := range [][]child{n.children, n.merged} {
		for _, c := range children {
			if c.value == nil {
				continue
			}
			if err := r.spend(len(c.key), n.line); err != nil {
				return nil, err
			}
			if comma {
				b = append(b, ',')
			}
			comma = true
			b = append(b, quote(c.key)...)
			b = append(b, ':')
			if b, err = r.appendJSON(b, c.value); err != nil {
				return nil, err
			}
		}
	}
	return append(b, '}'), nil
}

// quote writes s as a JSON string.
func quote(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can not fail
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
