package added

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Found is an entry whose value is in the object as it was added.
type Found struct {
	Entry
	// At is the JSON pointer of the value where it is now.
	At string
}

// Object reads an object's JSON, numbers as they are written.
func Object(raw []byte) (object map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&object)
	return object, err
}

// Find finds what was added and is still as it was. What is lost was edited or
// removed by somebody, or cannot be told from what a user wrote: it is in left. The
// object is as Object reads it.
func (r Record) Find(object map[string]any) (found []Found, left []Entry) {
	all := newPlaces(object)
	if r.Spec != "" && r.Spec == Hash(object["spec"]) {
		return r.findThere(all)
	}
	// Indexes may have moved: what is recorded of one pattern is what there is of
	// it, if there is not more of it than that.
	recorded := map[key][]Entry{}
	var keys []key
	for _, e := range r.Entries {
		pattern, _ := e.pattern()
		k := key{e.Hash, pattern}
		if recorded[k] == nil {
			keys = append(keys, k)
		}
		recorded[k] = append(recorded[k], e)
	}
	// Outer ones first: what is inside one of them is part of it, and no place of another.
	slices.SortStableFunc(keys, func(a, b key) int {
		return cmp.Compare(strings.Count(a.pattern, "/"), strings.Count(b.pattern, "/"))
	})
	taken := map[string]bool{}
	holders := sync.OnceValue(func() map[string]bool { return r.holders(all) })
	take := func(e Entry, at string) { found, taken[at] = append(found, Found{e, at}), true }
	for _, k := range keys {
		entries, free := recorded[k], map[string][]string{}
		at := slices.DeleteFunc(slices.Clone(all.of(k)), func(at string) bool { return Inside(taken, at) })
		if len(at) > len(entries) { // some may have become the same as one by what was added in them
			at = slices.DeleteFunc(at, func(at string) bool { return holders()[at] })
		}
		if len(at) > len(entries) {
			left = append(left, entries...)
			continue
		}
		slices.SortStableFunc(entries, func(a, b Entry) int { return Compare(a.Pointer, b.Pointer) })
		if len(at) < len(entries) { // each where it was, if it is there
			for _, at := range at {
				pointer := k.recorded(at)
				free[pointer] = append(free[pointer], at)
			}
		}
		var moved []Entry
		for _, e := range entries {
			there := free[e.Pointer]
			if len(there) == 0 {
				moved = append(moved, e)
				continue
			}
			last := len(there) - 1
			take(e, there[last])
			free[e.Pointer] = there[:last]
		}
		at = slices.DeleteFunc(at, func(at string) bool { return taken[at] })
		for i, e := range moved {
			if i >= len(at) {
				left = append(left, e)
				continue
			}
			take(e, at[i])
		}
	}
	if *all.work > maxWork {
		return nil, r.Entries
	}
	return found, left
}

// findThere finds what was added in a spec that is still as it was: where it is recorded.
func (r Record) findThere(all places) (found []Found, left []Entry) {
	free, taken := map[key][]string{}, map[string]bool{}
	for _, e := range r.Entries {
		k := key{e.Hash, e.Pointer}
		at, known := free[k]
		if !known {
			at = all.of(k)
		}
		for len(at) > 0 && taken[at[len(at)-1]] {
			at = at[:len(at)-1]
		}
		if free[k] = at; len(at) == 0 {
			left = append(left, e)
			continue
		}
		last := at[len(at)-1]
		found, taken[last] = append(found, Found{e, last}), true
	}
	return found, left
}

// holders are the places that hold an addition and are none themselves, if all are
// where they were recorded: then nothing moved.
func (r Record) holders(all places) map[string]bool {
	holders := map[string]bool{}
	recorded := map[string]bool{}
	for _, e := range r.Entries {
		there := all.of(key{e.Hash, e.Pointer})
		if len(there) == 0 && e.Hash != edited {
			return nil
		}
		for _, at := range there {
			recorded[at] = true
		}
	}
	for at := range recorded {
		for i, c := range at {
			if c == '/' {
				holders[at[:i]] = true
			}
		}
	}
	maps.DeleteFunc(holders, func(at string, _ bool) bool { return recorded[at] })
	return holders
}

// Inside tells whether a pointer leads into one of the places.
func Inside(places map[string]bool, pointer string) bool {
	for i, c := range pointer {
		if c == '/' && places[pointer[:i]] {
			return true
		}
	}
	return false
}

// key is what places are looked for by. Without a hash, any value will do.
type key struct{ hash, pattern string }

// recorded is the pointer by which a record names a place.
func (k key) recorded(at string) string {
	if strings.HasSuffix(k.pattern, "/-") {
		return at[:strings.LastIndex(at, "/")] + "/-"
	}
	return at
}

// What may be done to find what a record has: a step on the way to a value, or a
// byte of one. It is some times what the largest object takes, and only a forged
// record takes more: it has many patterns, or places that hold each other.
const (
	maxWork = 32 << 20
	step    = 8
)

// places are where the values of an object are, by the hash of what is there:
// each value is hashed once for all entries of a pattern.
type places struct {
	object map[string]any
	walked map[string]bool // by pattern
	known  map[key][]string
	work   *int
}

func newPlaces(object map[string]any) places {
	return places{object, map[string]bool{}, map[key][]string{}, new(int)}
}

// of are the pointers at which a key's values are, of those that glootrace adds. A *
// in the pattern stands for each item of a list, and so does a - for its last part.
func (p places) of(k key) []string {
	if !p.walked[k.pattern] {
		p.walked[k.pattern] = true
		p.walk(p.object, tokens(k.pattern), "", func(at string, v any) {
			if !isOurs(k.pattern, v) {
				return
			}
			hash, size := Hashed(v)
			*p.work += size
			for _, one := range []key{{"", k.pattern}, {hash, k.pattern}} {
				p.known[one] = append(p.known[one], at)
			}
		})
	}
	return p.known[k]
}

func (p places) walk(v any, tokens []string, at string, visit func(at string, v any)) {
	if *p.work += step; *p.work > maxWork {
		return
	}
	if len(tokens) == 0 {
		visit(at, v)
		return
	}
	switch v := v.(type) {
	case map[string]any:
		if value, ok := v[unescape(tokens[0])]; ok {
			p.walk(value, tokens[1:], at+"/"+tokens[0], visit)
		}
	case []any:
		if i, err := strconv.Atoi(tokens[0]); err == nil && i >= 0 && i < len(v) {
			p.walk(v[i], tokens[1:], at+"/"+tokens[0], visit)
		}
		if tokens[0] == "*" || tokens[0] == "-" && len(tokens) == 1 {
			for i, item := range v {
				p.walk(item, tokens[1:], at+"/"+strconv.Itoa(i), visit)
			}
		}
	}
}

var unescaper = strings.NewReplacer("~1", "/", "~0", "~")

func unescape(token string) string { return unescaper.Replace(token) }
