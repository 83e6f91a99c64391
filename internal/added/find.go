package added

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Found is an entry whose value is in the object as it was added.
type Found struct {
	Entry
	// At is the JSON pointer of the value where it is now.
	At string
}

// Find finds what was added and is still as it was. What is lost was edited or
// removed by somebody, or cannot be told from what a user wrote: it is in left.
func (r Record) Find(object map[string]any) (found []Found, left []Entry) {
	all := places{object, map[string][]place{}}
	exact := r.Spec != "" && r.Spec == Hash(object["spec"])
	if exact {
		taken := map[string]bool{}
		for _, e := range r.Entries {
			at := slices.DeleteFunc(all.of(e.Pointer, e.Hash), func(at string) bool { return taken[at] })
			if len(at) == 0 {
				left = append(left, e)
				continue
			}
			last := at[len(at)-1]
			found, taken[last] = append(found, Found{e, last}), true
		}
		return found, left
	}
	// Indexes may have moved: what is recorded of one pattern is what there is of
	// it, if there is not more of it than that.
	type key struct{ hash, pattern string }
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
	for _, k := range keys {
		entries := recorded[k]
		outer := found
		at := slices.DeleteFunc(all.of(k.pattern, k.hash), func(at string) bool {
			return slices.ContainsFunc(outer, func(f Found) bool { return strings.HasPrefix(at, f.At+"/") })
		})
		if len(at) > len(entries) {
			left = append(left, entries...)
			continue
		}
		for _, e := range entries { // each where it was, if it is there
			i := slices.Index(at, e.Pointer)
			if i >= 0 {
				found = append(found, Found{e, e.Pointer})
				at = slices.Delete(at, i, i+1)
				continue
			}
			left = append(left, e)
		}
		for i := 0; i < len(left) && len(at) > 0; i++ {
			if pattern, _ := left[i].pattern(); left[i].Hash == k.hash && pattern == k.pattern {
				found = append(found, Found{left[i], at[0]})
				at, left = at[1:], slices.Delete(left, i, i+1)
				i--
			}
		}
	}
	return found, left
}

// places are where the values of an object are, with their hashes, which are
// worked out once for all entries of a pattern.
type places struct {
	object map[string]any
	known  map[string][]place
}

type place struct{ at, hash string }

// of are the pointers at which a value of a hash is, and of any value if that is
// empty. A * in the pattern stands for each item of a list, and so does a - for
// its last part.
func (p places) of(pattern, hash string) (at []string) {
	all, known := p.known[pattern]
	if !known {
		walk(p.object, tokens(pattern), "", func(at string, v any) { all = append(all, place{at, Hash(v)}) })
		p.known[pattern] = all
	}
	for _, found := range all {
		if hash == "" || found.hash == hash {
			at = append(at, found.at)
		}
	}
	return at
}

func walk(v any, tokens []string, at string, visit func(at string, v any)) {
	if len(tokens) == 0 {
		visit(at, v)
		return
	}
	switch v := v.(type) {
	case map[string]any:
		if value, ok := v[unescape(tokens[0])]; ok {
			walk(value, tokens[1:], at+"/"+tokens[0], visit)
		}
	case []any:
		if i, err := strconv.Atoi(tokens[0]); err == nil && i >= 0 && i < len(v) {
			walk(v[i], tokens[1:], at+"/"+tokens[0], visit)
		}
		if tokens[0] == "*" || tokens[0] == "-" && len(tokens) == 1 {
			for i, item := range v {
				walk(item, tokens[1:], at+"/"+strconv.Itoa(i), visit)
			}
		}
	}
}

var unescaper = strings.NewReplacer("~1", "/", "~0", "~")

func unescape(token string) string { return unescaper.Replace(token) }
