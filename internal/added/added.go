// Package added is the record of what glootrace has added to an object: an
// annotation of the object itself. It tells what may be taken out or replaced
// again: what is still as it was added, and nothing that a user wrote.
package added

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/validation"
)

// Annotation is the annotation that holds the record of an object.
const Annotation = "glootrace.dev/added"

// Pointer is where the record is in its object.
const Pointer = "/metadata/annotations/glootrace.dev~1added"

// version begins each record. What begins otherwise is not understood, and so
// nothing of it counts as added.
const version = "v1"

// maxUnpacked is how long the pointers of a record may be together, in bytes: some
// 30,000 of them, which are more than an object that etcd takes has places for.
const maxUnpacked = 4 << 20

// maxLength is how long a record may be, in bytes: all annotations of an object
// together, their names too, may be no longer.
const maxLength = validation.TotalAnnotationSizeLimitB

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

// group is what entries of the same text have in common, but for hashes and indexes.
type group struct {
	created       int
	pattern, void string
}

// group is an entry's group, and its indexes.
func (e Entry) group() (g group, indexes string) {
	g.created = e.Created
	g.pattern, indexes = e.pattern()
	if e.Void != nil {
		g.void = "=" + url.QueryEscape(*e.Void)
	}
	if g.pattern == Pointer {
		g.pattern = "" // in each record
	}
	return g, indexes
}

// String is the record as the annotation has it.
func (r Record) String() string {
	words := []string{version, cmp.Or(r.Spec, "-")}
	var groups []group
	hashes, indexes := map[group][]string{}, map[group][]string{}
	for _, e := range r.Entries {
		g, at := e.group()
		if hashes[g] == nil {
			groups = append(groups, g)
		}
		hashes[g] = append(hashes[g], e.Hash)
		if at != "" {
			indexes[g] = append(indexes[g], at)
		}
	}
	for _, g := range groups {
		all, at := hashes[g], ""
		if len(indexes[g]) > 0 {
			at = "@" + strings.Join(indexes[g], ",")
			if first := all[0]; !slices.ContainsFunc(all, func(h string) bool { return h != first }) {
				all = all[:1]
			}
		}
		words = append(words, strings.Join(all, ",")+":"+strconv.Itoa(g.created)+":"+g.pattern+at+g.void)
	}
	return strings.Join(words, " ")
}

// Text is the record as the annotation has it; false if it is longer than Parse reads.
func (r Record) Text() (text string, fits bool) {
	text, unpacked := r.String(), 0
	for _, e := range r.Entries {
		unpacked += len(e.Pointer)
	}
	return text, len(text) <= maxLength && unpacked <= maxUnpacked
}

// Parse reads a record.
func Parse(text string) (Record, error) {
	if len(text) > maxLength { // in a file anybody can write the annotation
		return Record{}, fmt.Errorf("annotation %s: longer than the %d bytes that a record may have", Annotation, maxLength)
	}
	words := strings.Fields(text)
	if len(words) < 2 || words[0] != version {
		return Record{}, fmt.Errorf("annotation %s: not a record of version %s", Annotation, version)
	}
	var r Record
	room := maxUnpacked
	if words[1] != "-" {
		r.Spec = words[1]
	}
	for _, word := range words[2:] {
		entries, err := parseEntries(word, &room)
		if err != nil {
			return Record{}, fmt.Errorf("annotation %s: %q: %w", Annotation, word, err)
		}
		r.Entries = append(r.Entries, entries...)
	}
	return r, nil
}

func parseEntries(word string, room *int) ([]Entry, error) {
	parts := strings.SplitN(word, ":", 3)
	if len(parts) < 3 {
		return nil, errors.New("want HASHES:CREATED:POINTER")
	}
	created, err := strconv.ParseUint(parts[1], 10, 8)
	if err != nil {
		return nil, errors.New("no count of what was created")
	}
	e := Entry{Created: int(created)}
	rest, void, has := strings.Cut(parts[2], "=")
	if has {
		if void, err = url.QueryUnescape(void); err != nil || strings.Trim(void, " \t\r\n~nulNUL{}[]") != "" {
			return nil, errors.New("what was there before can only have been empty")
		}
		e.Void = &void
	}
	hashes := strings.Split(parts[0], ",")
	pattern, indexes, _ := strings.Cut(rest, "@")
	if own := pattern == ""; own != (strings.Trim(parts[0], ",") == "") || !own && slices.Contains(hashes, "") {
		return nil, errors.New("no hash, or no pointer")
	} else if own {
		pattern = Pointer
	}
	if pattern[0] != '/' {
		return nil, errors.New("a JSON pointer begins with a slash")
	}
	if int(created) >= len(tokens(pattern)) {
		return nil, errors.New("more created than there is")
	}
	places := make([]string, len(hashes))
	if indexes != "" {
		places = strings.Split(indexes, ",")
	}
	if len(hashes) > 1 && len(hashes) != len(places) {
		return nil, errors.New("another number of hashes than of places")
	}
	var entries []Entry
	for i, at := range places {
		if *room -= len(pattern); *room < 0 {
			return nil, errors.New("longer pointers than a record may have")
		}
		e.Hash = hashes[min(i, len(hashes)-1)]
		if e.Pointer, err = filled(pattern, at); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(e.created(), isIndex) {
			return nil, errors.New("no item of a list is created around a value")
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// filled is a pattern with its indexes.
func filled(pattern, indexes string) (pointer string, err error) {
	parts := strings.Split(pattern, "/")
	var left []string
	if indexes != "" {
		left = strings.Split(indexes, ".")
	}
	for i, t := range parts {
		if t != "*" {
			continue
		}
		if len(left) == 0 {
			return "", errors.New("too few indexes")
		}
		if !isIndex(left[0]) {
			return "", errors.New("an index that is none")
		}
		parts[i], left = left[0], left[1:]
	}
	if len(left) > 0 {
		return "", errors.New("too many indexes")
	}
	return strings.Join(parts, "/"), nil
}

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
