package added

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Step is one thing to do to an object's document to take additions out.
type Step struct {
	// Pointer is the JSON pointer of what goes, in the object as the steps before leave it.
	Pointer string
	// Void is the text of the null, {} or [] that comes in its place; nil if nothing does.
	Void *string
}

// Steps are what takes out of an object what was found in it, with the maps and
// lists that were created for it and hold nothing else. It changes the object.
func Steps(object map[string]any, found []Found) []Step {
	found = slices.Clone(found)
	// From the end, so that indexes before stay what they are.
	slices.SortFunc(found, func(a, b Found) int { return -Compare(a.At, b.At) })
	var steps []Step
	for _, f := range found {
		if step, ok := take(object, f); ok {
			steps = append(steps, step)
		}
	}
	return steps
}

// Compare orders JSON pointers: list items by their index, all else by name.
func Compare(a, b string) int {
	return slices.CompareFunc(tokens(a), tokens(b), func(a, b string) int {
		i, errA := strconv.Atoi(a)
		j, errB := strconv.Atoi(b)
		if errA == nil && errB == nil {
			return cmp.Compare(i, j)
		}
		return cmp.Compare(a, b)
	})
}

// take takes one value out, and says how the document has to follow.
func take(object map[string]any, f Found) (step Step, ok bool) {
	at := tokens(f.At)
	pointer := func() string { return "/" + strings.Join(at, "/") }
	for created := f.Created; ; created-- {
		holder, ok := value(object, at[:len(at)-1])
		if !ok {
			return Step{}, false
		}
		switch size := length(holder); {
		case size == 0:
			return Step{}, false
		case size == 1 && created > 0 && len(at) > 1:
			at = at[:len(at)-1]
			continue
		case created == 0 && f.wasNull():
			set(object, at, func(any) any { return nil })
			return Step{pointer(), f.Void}, true
		case size > 1 || len(at) == 1:
			without(object, at)
			return Step{Pointer: pointer()}, true
		}
		// The user's own map or list was empty before, or is so now.
		void := " {}"
		if _, isList := holder.([]any); isList {
			void = " []"
		}
		if f.Void != nil {
			void = *f.Void
		}
		without(object, at)
		at = at[:len(at)-1]
		return Step{pointer(), &void}, true
	}
}

func length(v any) int {
	switch v := v.(type) {
	case map[string]any:
		return len(v)
	case []any:
		return len(v)
	}
	return 0
}

// Value is what is at a JSON pointer.
func Value(object map[string]any, pointer string) (any, bool) { return value(object, tokens(pointer)) }

// value is what is at a place.
func value(v any, at []string) (any, bool) {
	for _, t := range at {
		switch holder := v.(type) {
		case map[string]any:
			below, ok := holder[unescape(t)]
			if !ok {
				return nil, false
			}
			v = below
		case []any:
			i, err := strconv.Atoi(t)
			if err != nil || i < 0 || i >= len(holder) {
				return nil, false
			}
			v = holder[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// set changes what is at a place that exists.
func set(object map[string]any, at []string, change func(any) any) {
	holder, _ := value(object, at[:len(at)-1])
	last := at[len(at)-1]
	switch holder := holder.(type) {
	case map[string]any:
		holder[unescape(last)] = change(holder[unescape(last)])
	case []any:
		if i, err := strconv.Atoi(last); err == nil && i >= 0 && i < len(holder) {
			holder[i] = change(holder[i])
		}
	}
}

// without removes what is at a place that exists.
func without(object map[string]any, at []string) {
	holder, _ := value(object, at[:len(at)-1])
	last := at[len(at)-1]
	switch holder := holder.(type) {
	case map[string]any:
		delete(holder, unescape(last))
	case []any:
		if i, err := strconv.Atoi(last); err == nil && i >= 0 && i < len(holder) {
			set(object, at[:len(at)-1], func(any) any { return slices.Delete(holder, i, i+1) })
		}
	}
}

// Rest is what stays recorded of an object that all else was taken out of: what
// is left, but for what is not there any more. There is none if nothing stays.
func (r Record) Rest(object map[string]any, left []Entry) (rest Record, some bool) {
	for _, e := range r.Entries {
		if e.Hash == "" { // the record itself
			rest.Entries = append(rest.Entries, e)
		}
	}
	own, all, there := len(rest.Entries), newPlaces(object), map[string]bool{}
	for _, e := range left {
		pattern, _ := e.pattern()
		is, known := there[pattern]
		if !known {
			all.walk(object, tokens(pattern), "", func(_ string, v any) { is = is || mayBe(e, v) })
			there[pattern] = is
		}
		if e.Hash != "" && is {
			rest.Entries = append(rest.Entries, e)
		}
	}
	return rest, len(rest.Entries) > own
}

// mayBe tells whether a value may be what was added, edited: an entry that was
// added to a list of the user's entries names spans, whatever else was edited.
func mayBe(e Entry, v any) bool {
	if !strings.HasSuffix(e.Pointer, "/requestTransforms/-") {
		return true
	}
	text, err := json.Marshal(v)
	return err == nil && bytes.Contains(text, []byte(`"spanTransformer"`))
}
