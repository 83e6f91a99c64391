package added

import (
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
	exact := r.Spec != "" && r.Spec == Hash(object["spec"])
	if exact {
		for _, e := range r.Entries {
			if at := places(object, tokens(e.Pointer), e.Hash); len(at) > 0 {
				found = append(found, Found{e, at[len(at)-1]})
			} else {
				left = append(left, e)
			}
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
	for _, k := range keys {
		entries := recorded[k]
		at := places(object, tokens(k.pattern), k.hash)
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

// places are the pointers at which a value of a hash is. A * in the tokens
// stands for each item of a list, and so does a - for its last part.
func places(v any, tokens []string, hash string) []string {
	if len(tokens) == 0 {
		if hash == "" || Hash(v) == hash {
			return []string{""}
		}
		return nil
	}
	var found []string
	below := func(token string, v any) {
		for _, at := range places(v, tokens[1:], hash) {
			found = append(found, "/"+token+at)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		if value, ok := v[unescape(tokens[0])]; ok {
			below(tokens[0], value)
		}
	case []any:
		if i, err := strconv.Atoi(tokens[0]); err == nil && i >= 0 && i < len(v) {
			below(tokens[0], v[i])
		}
		if tokens[0] == "*" || tokens[0] == "-" && len(tokens) == 1 {
			for i, item := range v {
				below(strconv.Itoa(i), item)
			}
		}
	}
	return found
}

var unescaper = strings.NewReplacer("~1", "/", "~0", "~")

func unescape(token string) string { return unescaper.Replace(token) }
