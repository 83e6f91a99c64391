package gloo

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AppendCanonical appends the value's JSON as encoding/json writes what it has
// read, which is one for all values that say the same: names are sorted, the last
// counts of those that are there twice, and nothing is written in two ways. With
// additions it is the value as it is after them.
func (v Value) AppendCanonical(out []byte, with *Additions) ([]byte, error) {
	switch kind := v.kind(); {
	case kind == jsonMap:
		return v.appendMap(append(out, '{'), with)
	case kind == jsonList:
		return v.appendList(append(out, '['), with)
	case with != nil:
		return nil, errElsewhere
	case kind == jsonString:
		return appendText(out, asUTF8(v.Text())), nil
	case kind == jsonNumber:
		return appendNumber(out, v.Raw())
	case kind == jsonNull:
		return append(out, "null"...), nil
	default:
		return append(out, v.Raw()...), nil
	}
}

func (v Value) appendMap(out []byte, with *Additions) (_ []byte, err error) {
	type field struct {
		name  string
		value Value
		with  *Additions
		added any
	}
	var some [16]field
	fields, met := some[:0], 0
	nodes := v.tree.nodes
	for i := v.node + 1; i < nodes[v.node].after; i = nodes[i].after {
		f := field{name: asUTF8(v.tree.name(&nodes[i])), value: Value{tree: v.tree, node: i}}
		if with != nil {
			if f.with = with.below[f.name]; f.with != nil {
				met++
			}
		}
		fields = append(fields, f)
	}
	if with != nil {
		if met != len(with.below) || len(with.items) > 0 {
			return nil, errElsewhere
		}
		for name, value := range with.set {
			fields = append(fields, field{name: name, added: value})
		}
	}
	slices.SortStableFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	for i, f := range fields {
		if i+1 < len(fields) && fields[i+1].name == f.name {
			continue
		}
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = append(appendText(out, f.name), ':')
		if f.added != nil {
			out, err = AppendJSON(out, f.added)
		} else {
			out, err = f.value.AppendCanonical(out, f.with)
		}
		if err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func (v Value) appendList(out []byte, with *Additions) (_ []byte, err error) {
	met := 0
	add := func(item Value, with *Additions) error {
		if out[len(out)-1] != '[' {
			out = append(out, ',')
		}
		out, err = item.AppendCanonical(out, with)
		return err
	}
	nodes, index := v.tree.nodes, 0
	for i := v.node + 1; i < nodes[v.node].after; i, index = nodes[i].after, index+1 {
		var below *Additions
		if with != nil && len(with.below) > met {
			if below = with.below[strconv.Itoa(index)]; below != nil {
				met++
			}
		}
		if err := add(Value{tree: v.tree, node: i}, below); err != nil {
			return nil, err
		}
	}
	if with != nil {
		if met != len(with.below) || len(with.set) > 0 {
			return nil, errElsewhere
		}
		for _, item := range with.items {
			if out[len(out)-1] != '[' {
				out = append(out, ',')
			}
			if out, err = AppendJSON(out, item); err != nil {
				return nil, err
			}
		}
	}
	return append(out, ']'), nil
}

// Canonical is JSON as AppendCanonical writes it.
type Canonical []byte

// MarshalJSON makes it the value that it is.
func (c Canonical) MarshalJSON() ([]byte, error) { return c, nil }

// AppendJSON appends what encoding/json can write, as AppendCanonical does. What
// mutations are made of is appended without reflection.
func AppendJSON(out []byte, value any) (_ []byte, err error) {
	switch v := value.(type) {
	case Canonical:
		return append(out, v...), nil
	case string:
		return appendText(out, asUTF8(v)), nil
	case []any:
		out = append(out, '[')
		for i, item := range v {
			if i > 0 {
				out = append(out, ',')
			}
			if out, err = AppendJSON(out, item); err != nil {
				return nil, err
			}
		}
		return append(out, ']'), nil
	case map[string]any:
		out = append(out, '{')
		var some [8]string
		names := slices.AppendSeq(some[:0], maps.Keys(v))
		slices.Sort(names)
		for i, name := range names {
			if i > 0 {
				out = append(out, ',')
			}
			if out, err = AppendJSON(append(appendText(out, asUTF8(name)), ':'), v[name]); err != nil {
				return nil, err
			}
		}
		return append(out, '}'), nil
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	read, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	return read.AppendCanonical(out, nil)
}

// asUTF8 has U+FFFD for each byte that is no UTF-8, as encoding/json reads it.
func asUTF8(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}

// appendText writes a text as encoding/json does: what that escapes otherwise than here, it writes itself.
func appendText(out []byte, text string) []byte {
	begin, from := len(out), 0
	out = append(out, '"')
	for i := range len(text) {
		c := text[i]
		escape := escapes[c&0x7f]
		switch {
		case c > '~' || c < ' ' && escape == "":
			quoted, _ := json.Marshal(text) // a string can not fail
			return append(out[:begin], quoted...)
		case escape != "":
			out = append(append(out, text[from:i]...), escape...)
			from = i + 1
		}
	}
	return append(append(out, text[from:]...), '"')
}

// escapes are by the characters of ASCII.
var escapes = [128]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '<': `\u003c`, '>': `\u003e`, '&': `\u0026`}

func appendNumber(out []byte, raw string) ([]byte, error) {
	if exact := 15; len(raw) <= exact && !strings.ContainsAny(raw, ".eE") { // an integer that a float64 is
		return append(out, raw...), nil
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return nil, err
	}
	written, err := json.Marshal(f)
	return append(out, written...), err
}

// Additions are values that are to be added to another: to maps, and to the ends of lists.
type Additions struct {
	set   map[string]any
	items []any
	below map[string]*Additions
}

var errElsewhere = errors.New("an addition has no map or list that it could go to")

// Add adds a value at a JSON pointer (RFC 6901), as an operation of a JSON patch
// does. It is false if what is there depends on another addition.
func (a *Additions) Add(pointer string, value any) bool {
	tokens := strings.Split(pointer, "/")[1:]
	if len(tokens) == 0 {
		return false
	}
	last := len(tokens) - 1
	for _, t := range tokens[:last] {
		t = pointerUnescape.Replace(t)
		if _, set := a.set[t]; set {
			return false
		}
		next := a.below[t]
		if next == nil {
			next = &Additions{}
			if a.below == nil {
				a.below = map[string]*Additions{}
			}
			a.below[t] = next
		}
		a = next
	}
	name := pointerUnescape.Replace(tokens[last])
	if name == "-" {
		a.items = append(a.items, value)
		return true
	}
	if a.below[name] != nil {
		return false
	}
	if a.set == nil {
		a.set = map[string]any{}
	}
	a.set[name] = value
	return true
}
