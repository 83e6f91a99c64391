package added

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/glootrace/glootrace/internal/gloo"
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

// TakeOut takes out of an object what was added and is still as it was. It gives the
// steps to do so in the object's document, and what stays recorded: what is left,
// but for what is not there any more. If nothing stays, nor does the record.
func (r Record) TakeOut(object map[string]any) (steps []Step, rest Record) {
	found, left := r.Find(object)
	isRecord := func(f Found) bool { return f.Hash == "" }
	steps = Steps(object, slices.DeleteFunc(slices.Clone(found), isRecord))
	all, there := newPlaces(object), map[string]bool{}
	for _, e := range left {
		pattern, _ := e.pattern()
		is, known := there[pattern]
		if !known {
			all.walk(object, tokens(pattern), "", func(_ string, v any) { is = is || mayBe(e, v) })
			there[pattern] = is
		}
		if is {
			rest.Entries = append(rest.Entries, e)
		}
	}
	own := slices.DeleteFunc(found, func(f Found) bool { return !isRecord(f) })
	if len(rest.Entries) == 0 {
		return append(steps, Steps(object, own)...), Record{}
	}
	for _, f := range own {
		rest.Entries = append([]Entry{f.Entry}, rest.Entries...)
	}
	return steps, rest
}

// Left are the places of what was added to an object and can not be taken out.
func Left(o gloo.Object) []string {
	record, err := Parse(o.Annotations()[Annotation])
	if err != nil {
		return nil
	}
	object, err := Object(o.Raw())
	if err != nil {
		return nil
	}
	_, rest := record.TakeOut(object)
	return rest.Places()
}

// Places are the pointers of what is recorded, each once.
func (r Record) Places() (pointers []string) {
	for _, e := range r.Entries {
		if e.Hash != "" {
			pointers = append(pointers, e.Pointer)
		}
	}
	slices.SortFunc(pointers, Compare)
	return slices.Compact(pointers)
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
