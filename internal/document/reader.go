package document

import (
	"bytes"
	"encoding/json"
	"regexp"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxDepth is how deep values may be nested. encoding/json gives up at 10,000,
// the API server at less.
const maxDepth = 1000

// reader turns the text of one document into nodes.
type reader struct {
	text    []byte
	lines   []line
	last    mark
	anchors map[*yaml.Node]*node // without those that are still being read
	// budget is how many nodes and bytes of JSON may still be made. A document
	// needs more than its own length only because of aliases.
	budget int
}

func newReader(text []byte) *reader {
	return &reader{text: text, lines: lineTable(text), anchors: map[*yaml.Node]*node{}, budget: 4096 + 32*len(text)}
}

func (r *reader) spend(n, line int) *Error {
	if r.budget -= n; r.budget < 0 {
		return at(line, "aliases make this document too large")
	}
	return nil
}

// read gives the value of the document, nil if it has none.
func (r *reader) read() (root *node, isJSON bool, err *Error) {
	if err := checkCharacters(r.text); err != nil {
		return nil, false, err
	}
	start := contentStart(r.text)
	if start == len(r.text) {
		return nil, false, nil
	}
	if content := bytes.TrimLeft(r.text[start:], " \t\r\n"); len(content) > 0 && (content[0] == '{' || content[0] == '[') && json.Valid(content) {
		root, err := r.readJSON(start)
		return root, true, err
	}
	n, err := r.parseYAML()
	if err != nil {
		return nil, false, err
	}
	root, _, err = r.node(n.Content[0])
	return root, false, err
}

// checkCharacters finds the first byte that YAML does not allow; the parser
// would not say where it is.
func checkCharacters(text []byte) *Error {
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRune(text[i:])
		if c == utf8.RuneError && size == 1 {
			return at(countLines(text[:i]), "not UTF-8: byte 0x%02X", text[i])
		}
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return at(countLines(text[:i]), "control character %#U", c)
		}
		i += size
	}
	return nil
}

var version12 = regexp.MustCompile(`(?m)^%YAML[ \t]+1\.[2-9]`)

// parseYAML gives the document node.
func (r *reader) parseYAML() (*yaml.Node, *Error) {
	// The parser refuses YAML 1.2, of which it knows as much as of 1.1.
	text := r.text
	if i := version12.FindIndex(text[:contentStart(text)]); i != nil {
		text = bytes.Clone(text)
		text[i[1]-1] = '1'
	}
	doc, mistake := parse(text)
	if mistake == nil {
		return doc, nil
	}
	if line, is := mistake.tab(text); is {
		return nil, at(r.lineOf(line).number, "a tab in the indentation, where YAML allows spaces only")
	}
	return nil, at(r.lineOf(mistake.place(text)).number, "%s", mistake.what)
}

// node reads a value. It gives also the place in the text where the value is
// written, which for an alias is not the place of the node.
func (r *reader) node(n *yaml.Node) (*node, span, *Error) {
	begin := r.offset(n.Line, n.Column)
	number := r.lineOf(n.Line).number
	if n.Kind == yaml.AliasNode {
		target := r.anchors[n.Alias]
		if target == nil {
			return nil, span{}, at(number, "*%s contains itself", n.Value)
		}
		target.shared = true
		return target, span{begin, begin + 1 + len(n.Value)}, nil
	}
	if err := r.spend(1, number); err != nil {
		return nil, span{}, err
	}
	v := &node{line: number, flow: n.Style&yaml.FlowStyle != 0}
	var err *Error
	switch n.Kind {
	case yaml.ScalarNode:
		where := r.scalarSpan(n, begin)
		v.start, v.end = where.start, where.end
		v.json, err = r.scalar(n, number)
	case yaml.SequenceNode:
		v.kind = list
		r.open(v, n, begin)
		err = r.items(v, n)
		r.close(v)
	case yaml.MappingNode:
		v.kind = mapping
		r.open(v, n, begin)
		err = r.entries(v, n)
		r.close(v)
	default:
		err = at(number, "unknown kind of node")
	}
	if err != nil {
		return nil, span{}, err
	}
	if n.Anchor != "" {
		r.anchors[n] = v
	}
	return v, span{begin, v.end}, nil
}

func (r *reader) items(v *node, n *yaml.Node) *Error {
	for _, item := range n.Content {
		value, where, err := r.node(item)
		if err != nil {
			return err
		}
		if err := v.raise(value); err != nil {
			return err
		}
		v.children = append(v.children, child{value: value, line: r.lineOf(item.Line).number, start: where.start, end: where.end})
	}
	return nil
}

// raise notes that value is below v.
func (v *node) raise(value *node) *Error {
	v.height = max(v.height, value.height+1)
	if v.height > maxDepth {
		return at(v.line, "nested more than %d levels deep", maxDepth)
	}
	return nil
}

func (r *reader) entries(v *node, n *yaml.Node) *Error {
	seen := map[string]bool{}
	var merge *node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		number := r.lineOf(k.Line).number
		// The key is read for its position, and to keep the nodes in order.
		keyNode, where, err := r.node(k)
		if err != nil {
			return err
		}
		key, isMerge, err := entryKey(k, keyNode, number)
		if err != nil {
			return err
		}
		if seen[key] {
			return at(number, "key %q is there twice", key)
		}
		seen[key] = true
		value, valueSpan, err := r.node(n.Content[i+1])
		if err != nil {
			return err
		}
		if err := v.raise(value); err != nil {
			return err
		}
		c := child{key: key, value: value, line: number, start: where.start, end: valueSpan.end}
		if isMerge {
			merge, c.value = value, nil
		}
		v.children = append(v.children, c)
	}
	if merge != nil {
		return r.merge(v, merge, seen)
	}
	return nil
}

// merge adds the entries of a merge key's value to v, as far as v has not got
// them. Of several mappings the first one wins.
func (r *reader) merge(v, from *node, seen map[string]bool) *Error {
	sources := []*node{from}
	if from.kind == list {
		sources = sources[:0]
		for _, c := range from.children {
			sources = append(sources, c.value)
		}
	}
	for _, source := range sources {
		if source.kind != mapping {
			return at(v.line, "a merge key needs a mapping or a list of mappings")
		}
		for _, children := range [][]child{source.children, source.merged} {
			if err := r.spend(len(children), v.line); err != nil {
				return err
			}
			for _, c := range children {
				if seen[c.key] || c.value == nil {
					continue
				}
				seen[c.key] = true
				v.merged = append(v.merged, c)
			}
		}
	}
	return nil
}
