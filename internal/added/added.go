// Package added is the record of what glootrace has added to an object: an
// annotation of the object itself. It tells what may be taken out or replaced
// again: what is still as it was added, and nothing that a user wrote.
package added

import (
	"slices"
	"strconv"
	"strings"
)

// Annotation is the annotation that holds the record of an object.
const Annotation = "glootrace.dev/added"

// Pointer is where the record is in its object.
const Pointer = "/metadata/annotations/glootrace.dev~1added"

// Record is what was added to an object. As text it is
//
//	v1 SPEC HASHES:CREATED:POINTER HASHES:CREATED:POINTER@INDEXES=VOID …
//
// where each list item on the way to a value is a * in the pointer, and its
// index is behind it, as in @0.3,1.2 for two places of two lists each. There is
// one hash for all places, or one for each.
type Record struct {
	// Spec is the hash of the object's spec with all that was added; empty if no
	// addition lies in a list item of the user's. As long as it holds, the
	// indexes do.
	Spec    string
	Entries []Entry
}

// Entry is one value that was added.
type Entry struct {
	// Hash is the hash of the value, or edited; empty for the record itself, which has no pointer in the text.
	Hash string
	// Created is how many of the maps and lists around the value were added with it.
	Created int
	// Pointer is the JSON pointer (RFC 6901) of the value; "-" stands for an item
	// at the end of a list.
	Pointer string
	// Void is the text of the null, {} or [] that the addition took the place of,
	// with the white space before it; nil if there was none.
	Void *string
}

// tokens are the parts of a JSON pointer, as they are escaped.
func tokens(pointer string) []string { return strings.Split(pointer, "/")[1:] }

// pattern is the pointer with its list items as *, and their indexes.
func (e Entry) pattern() (pattern, indexes string) {
	var at []string
	parts := strings.Split(e.Pointer, "/")
	for i, t := range parts {
		if isIndex(t) {
			at, parts[i] = append(at, t), "*"
		}
	}
	return strings.Join(parts, "/"), strings.Join(at, ".")
}

// isIndex tells whether a token of a JSON pointer is an index of a list.
func isIndex(token string) bool {
	if token == "" || len(token) > 1 && token[0] == '0' || strings.Trim(token, "0123456789") != "" {
		return false
	}
	_, err := strconv.ParseUint(token, 10, 31)
	return err == nil
}

// InList tells whether the way to the value leads through list items of the user's.
func (e Entry) InList() bool {
	_, indexes := e.pattern()
	return indexes != ""
}

// Place is the JSON pointer of the null, {} or [] that the addition took the place of.
func (e Entry) Place() string {
	up := e.Created
	if !e.wasNull() {
		up++
	}
	at := tokens(e.Pointer)
	return "/" + strings.Join(at[:max(0, len(at)-up)], "/")
}

// created are the names of the maps and lists that were added with the value.
func (e Entry) created() []string {
	at := tokens(e.Pointer)
	return at[max(0, len(at)-1-e.Created) : len(at)-1]
}

// Made tells of maps, by their pointers, whether they were added as a whole, with
// what is recorded in them. It may be asked of as many as there are entries.
func (r Record) Made() func(pointer string) bool {
	entries := slices.SortedFunc(slices.Values(r.Entries), func(a, b Entry) int { return strings.Compare(a.Pointer, b.Pointer) })
	known := map[string]bool{}
	return func(pointer string) bool {
		made, is := known[pointer]
		if is {
			return made
		}
		within := pointer + "/"
		i, _ := slices.BinarySearchFunc(entries, within, func(e Entry, at string) int { return strings.Compare(e.Pointer, at) })
		for ; !made && i < len(entries) && strings.HasPrefix(entries[i].Pointer, within); i++ {
			made = strings.Count(entries[i].Pointer[len(pointer):], "/") <= entries[i].Created
		}
		known[pointer] = made
		return made
	}
}

// wasNull tells whether the addition took the place of a null.
func (e Entry) wasNull() bool { return e.Void != nil && !strings.ContainsAny(*e.Void, "{[") }

// edited is the hash of an entry whose value was not as it was added when something
// else was added to the object. No value has it: it stays as it is for good.
const edited = "edited"

// Update is the record after a change to the object which moves nothing in it: with
// more entries. Of those that are lost the place stays recorded, if it is there and
// they were not added anew: an apply may have replaced a list, with all in it.
func (r Record) Update(before, after map[string]any, more []Entry) Record {
	type value struct{ hash, pointer string }
	seen := map[value]bool{}
	var updated Record
	keep := func(e Entry) {
		at := value{e.Hash, e.Pointer}
		if items := e.Hash != edited && strings.HasSuffix(e.Pointer, "/-"); !seen[at] || items { // which may be the same
			seen[at] = true
			updated.Entries = append(updated.Entries, e)
		}
	}
	found, left := r.Find(before)
	stays, anew, again := map[string]bool{}, map[string]bool{}, map[value]int{}
	for _, f := range found {
		if v, ok := Value(after, f.At); ok && (f.Hash == "" || Hash(v) == f.Hash) {
			f.Pointer = key{pattern: f.Pointer}.recorded(f.At)
			keep(f.Entry)
			stays[f.Pointer] = true
		}
	}
	for _, e := range more {
		keep(e)
		anew[e.Pointer] = true
		again[value{e.Hash, e.Pointer}]++
	}
	for _, e := range left {
		if at := (value{e.Hash, e.Pointer}); again[at] > 0 || anew[e.Pointer] && !stays[e.Pointer] {
			again[at]--
			continue
		}
		if _, there := Value(before, strings.TrimSuffix(e.Pointer, "/-")); there {
			e.Hash = edited
			keep(e)
		}
	}
	if slices.ContainsFunc(updated.Entries, Entry.InList) {
		updated.Spec = Hash(after["spec"])
	}
	return updated
}
