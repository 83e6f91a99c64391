package gloo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"unsafe"

	"github.com/tidwall/gjson"
)

// maxDepth is how deep maps and lists may be nested, as for Kubernetes' own decoder.
const maxDepth = 10_000

var errNotJSON = errors.New("not valid JSON")

// tree is a JSON text and where its values are in it, found in the one pass
// that checks it. Whoever looks for a value goes from item to item, whatever
// lies in them, and nothing is copied.
type tree struct {
	src   []byte
	nodes []node
}

// node is one value. The items of a map or list follow it, each with all of its own.
type node struct {
	start, end  uint32 // of the value's text
	key, keyEnd uint32 // of the name's text, quotes included, of a map's item
	after       uint32 // the first node that is not in the value
	kind        jsonKind
	// escaped: the text of a string has escapes; keyEscaped: so has the name's.
	escaped, keyEscaped bool
}

type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonFalse
	jsonTrue
	jsonNumber
	jsonString
	jsonMap
	jsonList
)

// Parse reads JSON. It keeps src, which must not change afterwards.
func Parse(src []byte) (Value, error) {
	if len(src) > math.MaxUint32 {
		return Value{}, errors.New("longer than 4 GiB")
	}
	// Each value is the first, or behind a comma, or the first in a map or list.
	most := 1 + bytes.Count(src, []byte{','}) + bytes.Count(src, []byte{'{'}) + bytes.Count(src, []byte{'['})
	t := &tree{src: src, nodes: make([]node, 0, most)}
	if err := t.read(); err != nil {
		return Value{}, err
	}
	return Value{tree: t}, nil
}

// text is a part of the document. It shares its memory.
func (t *tree) text(start, end uint32) string {
	part := t.src[start:end]
	return unsafe.String(unsafe.SliceData(part), len(part))
}

// name is the name of a map's item.
func (t *tree) name(n *node) string {
	if n.keyEscaped {
		return gjson.Parse(t.text(n.key, n.keyEnd)).Str
	}
	return t.text(n.key+1, n.keyEnd-1)
}

// str is the value of a string.
func (t *tree) str(n *node) string {
	if n.escaped {
		return gjson.Parse(t.text(n.start, n.end)).Str
	}
	return t.text(n.start+1, n.end-1)
}

// read fills in the nodes. It keeps the maps and lists around it in a list of
// its own, so that no document can exhaust the stack.
func (t *tree) read() error {
	s := t.src
	var open []uint32
	var item node // what is known of the next value: its name
	for i := 0; ; {
		i = skipSpace(s, i)
		if i == len(s) {
			return errNotJSON
		}
		n := item
		item = node{}
		n.start = uint32(i)
		switch c := s[i]; c {
		case '{', '[':
			if len(open) == maxDepth {
				return fmt.Errorf("nested more than %d deep", maxDepth)
			}
			n.kind = jsonMap
			if c == '[' {
				n.kind = jsonList
			}
			open = append(open, uint32(len(t.nodes)))
			t.nodes = append(t.nodes, n)
			i = skipSpace(s, i+1)
			if i < len(s) && s[i] == c+2 { // } is { + 2, and ] is [ + 2
				break
			}
			if c == '{' && !t.readKey(&i, &item) {
				return errNotJSON
			}
			continue
		case '"':
			n.kind = jsonString
			i = readString(s, i, &n.escaped)
		case 't':
			n.kind = jsonTrue
			i = readWord(s, i, "true")
		case 'f':
			n.kind = jsonFalse
			i = readWord(s, i, "false")
		case 'n':
			i = readWord(s, i, "null")
		default:
			n.kind = jsonNumber
			i = readNumber(s, i)
		}
		if i < 0 {
			return errNotJSON
		}
		if n.kind < jsonMap {
			n.end = uint32(i)
			n.after = uint32(len(t.nodes)) + 1
			t.nodes = append(t.nodes, n)
		}
		for again := true; again; { // what ends behind the value
			i = skipSpace(s, i)
			if len(open) == 0 {
				if i < len(s) {
					return errNotJSON
				}
				return nil
			}
			if i == len(s) {
				return errNotJSON
			}
			around := &t.nodes[open[len(open)-1]]
			switch {
			case s[i] == ',':
				again = false
				i++
				if around.kind == jsonMap && !t.readKey(&i, &item) {
					return errNotJSON
				}
			case s[i] == '}' && around.kind == jsonMap, s[i] == ']' && around.kind == jsonList:
				i++
				around.end, around.after = uint32(i), uint32(len(t.nodes))
				open = open[:len(open)-1]
			default:
				return errNotJSON
			}
		}
	}
}

// readKey reads the name of a map's item and the colon behind it.
func (t *tree) readKey(at *int, item *node) bool {
	s, i := t.src, skipSpace(t.src, *at)
	if i == len(s) || s[i] != '"' {
		return false
	}
	item.key = uint32(i)
	if i = readString(s, i, &item.keyEscaped); i < 0 {
		return false
	}
	item.keyEnd = uint32(i)
	i = skipSpace(s, i)
	*at = i + 1
	return i < len(s) && s[i] == ':'
}

func skipSpace(s []byte, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// readString is the place behind the string that begins at i, -1 if it is none.
func readString(s []byte, i int, escaped *bool) int {
	for i++; ; {
		i = plain(s, i)
		switch {
		case i == len(s) || s[i] < ' ':
			return -1
		case s[i] == '"':
			return i + 1
		case s[i] != '\\':
			i++
			continue
		}
		*escaped = true
		if i++; i == len(s) {
			return -1
		}
		switch s[i] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		case 'u':
			for range 4 {
				if i++; i == len(s) || !isHex(s[i]) {
					return -1
				}
			}
		default:
			return -1
		}
		i++
	}
}

// plain skips what means nothing in a string, by eight bytes at a time: it
// stops at a quote, a backslash or a control character, or near the end.
func plain(s []byte, i int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		w := binary.LittleEndian.Uint64(s[i:])
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		// The lowest bit that is set is at the first byte of its kind; those above may be wrong.
		stop := ((w-ones*' ')&^w | (quote-ones)&^quote | (slash-ones)&^slash) & high
		if stop != 0 {
			return i + bits.TrailingZeros64(stop)/8
		}
	}
	return i
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// readWord is the place behind a word that has to stand at i, -1 if it does not.
func readWord(s []byte, i int, word string) int {
	if end := i + len(word); end <= len(s) && string(s[i:end]) == word {
		return end
	}
	return -1
}

// readNumber is the place behind the number that begins at i, -1 if it is none.
func readNumber(s []byte, i int) int {
	digits := func() bool {
		from := i
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		return i > from
	}
	is := func(chars ...byte) bool {
		for _, c := range chars {
			if i < len(s) && s[i] == c {
				i++
				return true
			}
		}
		return false
	}
	is('-')
	if !is('0') && !digits() {
		return -1
	}
	if is('.') && !digits() {
		return -1
	}
	if is('e', 'E') {
		is('+', '-')
		if !digits() {
			return -1
		}
	}
	return i
}
