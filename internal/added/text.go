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

// version begins each record. What begins otherwise is not understood, and so
// nothing of it counts as added.
const version = "v1"

// maxUnpacked is how long the pointers of a record may be together, in bytes: some
// 30,000 of them, which are more than an object that etcd takes has places for.
const maxUnpacked = 4 << 20

// maxLength is how long a record may be, in bytes: all annotations of an object
// together, their names too, may be no longer.
const maxLength = validation.TotalAnnotationSizeLimitB

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
