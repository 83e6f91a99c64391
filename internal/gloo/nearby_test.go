package gloo_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
)

// Found by their paths, routes are those that a look at each would find, and few more.
func TestRoutesNearAnEntryAreFound(t *testing.T) {
	paths := []string{"/", "/a", "/A", "/a/b", "/a/b/c", "/ab", "/b", "/a?b", "a", "x/a"}
	r := rand.New(rand.NewPCG(3, 3))
	matcher := func() string {
		return fmt.Sprintf(`{%q:%q,"caseSensitive":%v}`, []string{"exact", "prefix", "prefix", "regex", "other"}[r.IntN(5)], paths[r.IntN(len(paths))], r.IntN(3) > 0)
	}
	for range 3000 {
		var routes []*gloo.Requests
		for range r.IntN(12) {
			routes = append(routes, matcherOf(t, matcher()).Requests())
		}
		written := matcher()
		entry := entryMatcherOf(t, written).Requests()
		near, ok := gloo.NewByPath(routes).Near(entry, 1000)
		if !ok || !slices.IsSorted(near) {
			t.Fatalf("%s: %v, %v", written, near, ok)
		}
		for i, route := range routes {
			if (!entry.Exclude(route) || route.Include(entry)) && !slices.Contains(near, i) {
				t.Fatalf("%s: %+v is not found", written, route)
			}
		}
	}
}

func TestFewRoutesAreNearAnEntry(t *testing.T) {
	var routes []*gloo.Requests
	for i := range 1000 {
		routes = append(routes, matcherOf(t, fmt.Sprintf(`{"prefix":"/%d"}`, i)).Requests(), matcherOf(t, fmt.Sprintf(`{"exact":"/x%s/%d"}`, strings.Repeat("/x", i%9), i)).Requests())
	}
	routes = append(routes, matcherOf(t, `{"prefix":"/"}`).Requests(), matcherOf(t, `{"regex":"/.*"}`).Requests())
	by := gloo.NewByPath(routes)
	for entry, want := range map[string]int{`{"prefix":"/999"}`: 5, `{"exact":"/x/x/1"}`: 3, `{"prefix":"/y"}`: 2, `null`: len(routes)} {
		near, ok := by.Near(entryMatcherOf(t, entry).Requests(), len(routes))
		if !ok || len(near) != want {
			t.Errorf("%s: %d are found, want %d", entry, len(near), want)
		}
		if _, ok := by.Near(entryMatcherOf(t, entry).Requests(), 1); ok {
			t.Errorf("%s: found with one look", entry)
		}
	}
}
