package document

import (
	"encoding/json"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// words are the booleans of YAML 1.1 that the parser takes for strings.
// kubectl, and with it every client of Kubernetes, takes them for booleans.
var words = map[string]bool{
	"y": true, "Y": true, "yes": true, "Yes": true, "YES": true, "on": true, "On": true, "ON": true,
	"n": false, "N": false, "no": false, "No": false, "NO": false, "off": false, "Off": false, "OFF": false,
}

// scalar is a scalar as JSON, read the way that kubectl reads it.
func (r *reader) scalar(n *yaml.Node, number int) ([]byte, *Error) {
	if isPlain(n) {
		if b, ok := words[n.Value]; ok {
			return strconv.AppendBool(nil, b), nil
		}
	}
	switch tag := n.ShortTag(); tag {
	case "!!str", "!!timestamp", "!!merge":
		return quote(n.Value), nil
	case "!!null", "!!bool", "!!int", "!!float", "!!binary":
		if (tag == "!!int" || tag == "!!float") && json.Valid([]byte(n.Value)) {
			return []byte(n.Value), nil
		}
		var v any
		if err := n.Decode(&v); err != nil {
			return nil, at(number, "%s is no %s", n.Value, tag[2:])
		}
		b, err := json.Marshal(v)
		if err != nil {
			return nil, at(number, "%s: JSON has no such number", n.Value)
		}
		return b, nil
	default: // a tag of the author's
		return quote(n.Value), nil
	}
}

// isPlain tells whether a scalar is neither quoted nor tagged.
func isPlain(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style == 0
}

// entryKey is the key of a mapping as JSON has it, where it is always a string.
func entryKey(n *yaml.Node, key *node, number int) (name string, isMerge bool, err *Error) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!merge" {
		return "<<", true, nil
	}
	if key.flow && key.kind == mapping { // most of the time it is no key, but a template
		return "", false, at(number, "a key has to be a string, and not a map; text that begins with {{ has to be in quotes")
	}
	if key.kind != scalar || key.isNull() {
		return "", false, at(number, "a key has to be a string")
	}
	if n.ShortTag() == "!!float" {
		var f float64
		if err := n.Decode(&f); err != nil {
			return "", false, at(number, "%s: not a number", n.Value)
		}
		return strconv.FormatFloat(f, 'g', -1, 64), false, nil
	}
	if key.json[0] != '"' {
		return string(key.json), false, nil
	}
	if err := json.Unmarshal(key.json, &name); err != nil {
		return "", false, at(number, "key: %w", err)
	}
	return name, false, nil
}
