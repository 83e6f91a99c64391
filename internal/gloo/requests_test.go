package gloo_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
)

func matcherOf(t *testing.T, matcher string) gloo.Matcher {
	t.Helper()
	return gloo.Matcher{Value: decode(t, `{"apiVersion":"a/v1","kind":"K","metadata":{},"spec":{"m":`+matcher+`}}`).Spec().Child("m")}
}

func entryMatcherOf(t *testing.T, matcher string) gloo.Matcher {
	t.Helper()
	m := matcherOf(t, matcher)
	m.OfEntry = true
	return m
}

func TestWhichMatchersIncludeAndExcludeOthers(t *testing.T) {
	for _, c := range []struct {
		a, b               string
		includes, excludes bool
	}{
		{`null`, `{"regex":".*"}`, true, false},
		{`{"prefix":"/"}`, `null`, true, false},
		{`{"prefix":"/","headers":[]}`, `{"connectMatcher":{}}`, true, false},
		{`{"prefix":"/api"}`, `null`, false, false},
		{`{"prefix":"/api"}`, `{"prefix":"/api"}`, true, false},
		{`{"prefix":"/api"}`, `{"prefix":"/api/pets","methods":["GET"]}`, true, false},
		{`{"prefix":"/api"}`, `{"exact":"/api"}`, true, false},
		{`{"prefix":"/api"}`, `{"exact":"/ap"}`, false, true},
		{`{"prefix":"/api"}`, `{"prefix":"/ap"}`, false, false},
		{`{"prefix":"/api"}`, `{"regex":"/api/.*"}`, false, false},
		{`{"exact":"/api"}`, `{"prefix":"/api"}`, false, false},
		{`{"exact":"/api"}`, `{"prefix":"/api/"}`, false, true},
		{`{"exact":"/api"}`, `{"exact":"/api","caseSensitive":true}`, true, false},
		{`{"exact":"/api"}`, `{"exact":"/API"}`, false, true},
		{`{"exact":"/api"}`, `{"exact":"/API","caseSensitive":false}`, false, false},
		{`{"exact":"/api","caseSensitive":false}`, `{"exact":"/API"}`, true, false},
		{`{"prefix":"/É","caseSensitive":false}`, `{"prefix":"/é"}`, false, true},
		{`{"prefix":"/"}`, `{"prefix":"/a","caseSensitive":false}`, true, false},
		{`{"regex":"/a.*"}`, `{"regex":"/a.*"}`, true, false},
		{`{"regex":"/a.*"}`, `{"regex":"/b.*"}`, false, false},
		{`{"prefix":"/","methods":["GET","POST"]}`, `{"prefix":"/a","methods":["POST"]}`, true, false},
		{`{"prefix":"/","methods":["GET"]}`, `{"prefix":"/a","methods":["POST"]}`, false, true},
		{`{"prefix":"/","methods":["GET"]}`, `{"prefix":"/a"}`, false, false},
		{`{"prefix":"/a","headers":[{"name":"x"}]}`, `{"headers":[{"name":"y"},{ "name" : "x" }],"prefix":"/a"}`, true, false},
		{`{"prefix":"/a","headers":[{"name":"x"}]}`, `{"prefix":"/a","headers":[{"name":"y"}]}`, false, false},
		{`{"prefix":"/a","headers":[{"name":"x"}]}`, `{"prefix":"/a","queryParameters":[{"name":"x"}]}`, false, false},
		{`{"prefix":"/a","later":{}}`, `{"prefix":"/a"}`, false, false},
		{`{}`, `{}`, false, false},
		{`{"prefix":7}`, `{"prefix":"/a"}`, false, false},
		{`{"exact":"/b","prefix":"/a"}`, `{"exact":"/b"}`, true, false},
		{`"/"`, `{"prefix":"/a"}`, false, false},
	} {
		a, b := matcherOf(t, c.a).Requests(), matcherOf(t, c.b).Requests()
		if got := a.Include(b); got != c.includes {
			t.Errorf("%s includes %s: %v", c.a, c.b, got)
		}
		if got := a.Exclude(b); got != c.excludes || b.Exclude(a) != got {
			t.Errorf("%s and %s exclude each other: %v and %v", c.a, c.b, got, b.Exclude(a))
		}
	}
}

// Gloo and Envoy make less of an entry's matcher than of a route's.
func TestWhichRoutesMatchersAnEntryIncludesAndExcludes(t *testing.T) {
	for _, c := range []struct {
		entry, route                 string
		includes, included, excludes bool
	}{
		{`{"prefix":"/api","caseSensitive":false}`, `{"prefix":"/api"}`, true, true, false},
		{`{"prefix":"/api","caseSensitive":false}`, `{"prefix":"/API"}`, false, false, true},
		{`{"prefix":"/api","caseSensitive":false}`, `{"prefix":"/API","caseSensitive":false}`, false, true, false},
		{`{"prefix":"/search?q="}`, `{"exact":"/search"}`, false, false, false},
		{`{"exact":"/search"}`, `{"prefix":"/search?q="}`, false, false, false},
		{`{"regex":"/a.*"}`, `{"regex":"/a.*"}`, true, true, false},
		{`{"regex":"/a\\z"}`, `{"regex":"/a\\z"}`, false, false, false},
		{`{"prefix":"/"}`, `{"regex":"(?i)/a"}`, true, false, false},
	} {
		entry, route := entryMatcherOf(t, c.entry).Requests(), matcherOf(t, c.route).Requests()
		if entry.Include(route) != c.includes || route.Include(entry) != c.included {
			t.Errorf("%s includes %s: %v, and is included: %v", c.entry, c.route, entry.Include(route), route.Include(entry))
		}
		if entry.Exclude(route) != c.excludes || route.Exclude(entry) != c.excludes {
			t.Errorf("%s and %s exclude each other: %v and %v", c.entry, c.route, entry.Exclude(route), route.Exclude(entry))
		}
	}
	if upper := entryMatcherOf(t, `{"prefix":"/API"}`).Requests(); entryMatcherOf(t, `{"prefix":"/api","caseSensitive":false}`).Requests().Include(upper) {
		t.Error("an entry is taken for one of any case")
	}
}

// What is said of two matchers holds for requests.
func TestRequestsAgreeWithWhatIsSaidOfTheirMatchers(t *testing.T) {
	paths := []string{"/", "/a", "/A", "/a/b", "/ab", "/b"}
	methods := []string{"GET", "POST", "PUT"}
	type matcher struct {
		by, path string
		anyCase  bool
		methods  []string
	}
	matches := func(m matcher, method, path string) bool {
		want := m.path
		if m.anyCase {
			want, path = strings.ToLower(want), strings.ToLower(path)
		}
		return (m.by == "exact" && path == want || m.by == "prefix" && strings.HasPrefix(path, want)) &&
			(len(m.methods) == 0 || slices.Contains(m.methods, method))
	}
	r := rand.New(rand.NewPCG(1, 1))
	random := func() (matcher, *gloo.Requests) {
		m := matcher{[]string{"exact", "prefix"}[r.IntN(2)], paths[r.IntN(len(paths))], r.IntN(3) == 0, nil}
		for _, method := range methods {
			if r.IntN(3) == 0 {
				m.methods = append(m.methods, method)
			}
		}
		list := strings.ReplaceAll(fmt.Sprintf("%q", m.methods), " ", ",")
		return m, matcherOf(t, fmt.Sprintf(`{%q:%q,"caseSensitive":%v,"methods":%s}`, m.by, m.path, !m.anyCase, list)).Requests()
	}
	included, excluded := 0, 0
	for range 3000 {
		a, as := random()
		b, bs := random()
		for _, path := range paths {
			for _, method := range methods {
				inA, inB := matches(a, method, path), matches(b, method, path)
				if as.Include(bs) && inB && !inA || as.Exclude(bs) && inA && inB {
					t.Fatalf("%+v, %+v: %s %s", a, b, method, path)
				}
			}
		}
		if as.Include(bs) {
			included++
		}
		if as.Exclude(bs) {
			excluded++
		}
	}
	if included < 100 || excluded < 100 {
		t.Errorf("only %d included and %d excluded", included, excluded)
	}
}

// Found by their paths, they are those that a look at each would find.
func TestTakenRequestsAreFound(t *testing.T) {
	matchers := []string{`null`, `{}`, `{"headers":[{"name":"x"}]}`, `{"prefix":"/api"}`, `{"prefix":"/API","caseSensitive":false}`, `{"prefix":"/api/pets"}`, `{"exact":"/api/pets"}`,
		`{"exact":"/api"}`, `{"regex":".*"}`, `{"regex":"/api.*"}`, `{"prefix":"/","methods":["GET"]}`, `{"prefix":"/api","methods":["GET"]}`, `{"prefix":"x"}`, `{"prefix":7}`}
	r := rand.New(rand.NewPCG(2, 2))
	for range 2000 {
		var all []*gloo.Requests
		var taken gloo.Taken
		for _, i := range r.Perm(len(matchers))[:1+r.IntN(6)] {
			these := matcherOf(t, matchers[i]).Requests()
			if got, want := taken.By(these), slices.IndexFunc(all, func(r *gloo.Requests) bool { return r.Include(these) }); got != want {
				t.Fatalf("%s: by %d, want %d", matchers[i], got, want)
			}
			all = append(all, these)
			taken.Add(these)
		}
	}
}
