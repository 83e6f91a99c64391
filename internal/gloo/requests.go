package gloo

import (
	"slices"
	"strings"
)

// Requests are the requests that a matcher matches, as far as they can be
// compared with those of another one: both answers are sure if they are true,
// and may be false only because nobody can tell, as of two regexes.
type Requests struct {
	by, path string // prefix, exact, regex or regexOfEntry; by is empty if it is none, or means nothing that compares
	lower    string // the path in the lower case of ASCII, as Envoy knows no other
	anyCase  bool
	methods  []string // any, if there are none; sorted, each once
	more     []string // what else is asked for, each by itself; sorted, each once
}

// regexOfEntry is a regex of an entry that may mean something else to a route.
const regexOfEntry = "regex of an entry"

// Requests are the requests that the matcher matches. Of an entry's, Gloo drops
// caseSensitive, and its prefix is compared with the path and the query.
// Source: getRequestMatcher in projects/gloo/pkg/plugins/transformation of
// solo-io/gloo, and source/common/matcher/solo_matcher.cc of solo-io/envoy-gloo.
func (m Matcher) Requests() *Requests {
	if !m.Exists() {
		return &Requests{by: "prefix", path: "/", lower: "/"}
	}
	r := &Requests{}
	for _, by := range pathKinds {
		if v := m.Child(by); v.Text() != "" {
			r.by, r.path, r.lower = by, v.Text(), strings.Map(lower, v.Text())
		}
	}
	switch {
	case r.by != "regex" && strings.Contains(r.path, "?"):
		r.by, r.path, r.lower = "", "", ""
	case r.by == "regex" && m.OfEntry && !plainRegex(r.path):
		r.by = regexOfEntry
	}
	m.Fields(func(name string, field Value) {
		switch {
		case slices.Contains(pathKinds, name) && !field.IsOtherThanText(), !field.Exists():
		case name == "caseSensitive":
			sensitive, ok := field.Bool()
			r.anyCase = ok && !sensitive && !m.OfEntry && r.by != "regex"
		case name == "methods":
			for _, v := range field.Items() {
				r.methods = append(r.methods, v.Text())
			}
		case field.IsList():
			for _, v := range field.Items() {
				r.more = append(r.more, name+" "+canonical(v))
			}
		default:
			r.more = append(r.more, name+" "+canonical(field))
		}
	})
	r.methods, r.more = sorted(r.methods), sorted(r.more)
	return r
}

func sorted(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

// isIn tells whether all of some texts are among others, both sorted.
func isIn(some, others []string) bool {
	if len(some) > len(others) {
		return false
	}
	for _, text := range some {
		i, found := slices.BinarySearch(others, text)
		if !found {
			return false
		}
		others = others[i+1:]
	}
	return true
}

// canonical is a value however it is written.
func canonical(v Value) string {
	text, err := v.AppendCanonical(nil, nil)
	if err != nil { // a number that is too large
		return v.Raw()
	}
	return string(text)
}

// Include tells whether all of the others are surely among the requests.
func (r *Requests) Include(others *Requests) bool {
	if !isIn(r.more, others.more) || len(r.methods) > 0 && (len(others.methods) == 0 || !isIn(others.methods, r.methods)) {
		return false
	}
	path, other := r.folded(others)
	switch {
	case r.by == "prefix" && r.path == "/":
		return true // as Matcher.MatchesAll has it
	case others.anyCase && !r.anyCase, r.by == "":
		return false
	case r.by == "prefix" && (others.by == "prefix" || others.by == "exact"):
		return strings.HasPrefix(other, path)
	}
	return r.by == others.by && path == other
}

// Exclude tells whether surely none of the others is among the requests.
func (r *Requests) Exclude(others *Requests) bool {
	if len(r.methods) > 0 && len(others.methods) > 0 && !slices.ContainsFunc(r.methods, func(m string) bool {
		_, found := slices.BinarySearch(others.methods, m)
		return found
	}) {
		return true
	}
	path, other := r.folded(others)
	switch r.by + " " + others.by {
	case "exact exact":
		return path != other
	case "prefix exact":
		return !strings.HasPrefix(other, path)
	case "exact prefix":
		return !strings.HasPrefix(path, other)
	case "prefix prefix":
		return !strings.HasPrefix(path, other) && !strings.HasPrefix(other, path)
	}
	return false
}

// folded are the paths as they compare.
func (r *Requests) folded(others *Requests) (path, other string) {
	if r.anyCase || others.anyCase {
		return r.lower, others.lower
	}
	return r.path, others.path
}

func lower(c rune) rune {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Taken are the requests of several matchers, one after the other. Thousands
// of them are found by their paths.
type Taken struct {
	byPath   map[string][]taken
	prefixes []int // their lengths, each once, sorted
	count    int
}

type taken struct {
	*Requests
	place int
}

// compared is how many matchers of one path are compared: somebody may write
// thousands with other headers each.
const compared = 100

// None tells whether there are none.
func (t *Taken) None() bool { return t.count == 0 }

// Add adds the requests of one more matcher.
func (t *Taken) Add(r *Requests) {
	if t.byPath == nil {
		t.byPath = map[string][]taken{}
	}
	if same := t.byPath[r.lower]; len(same) < compared {
		t.byPath[r.lower] = append(same, taken{r, t.count})
	}
	if i, known := slices.BinarySearch(t.prefixes, len(r.lower)); r.by == "prefix" && !known {
		t.prefixes = slices.Insert(t.prefixes, i, len(r.lower))
	}
	t.count++
}

// By is the place, among those added, of the first matcher that surely takes all
// of these requests; -1 if there is none.
func (t *Taken) By(r *Requests) int {
	first := -1
	look := func(path string) {
		for _, before := range t.byPath[path] {
			if (first < 0 || before.place < first) && before.Include(r) {
				first = before.place
			}
		}
	}
	for _, length := range t.prefixes {
		if length < len(r.lower) {
			look(r.lower[:length])
		}
	}
	look(r.lower)
	if r.lower != "/" && !strings.HasPrefix(r.lower, "/") { // as of regexes, and where there is no path
		look("/")
	}
	return first
}
