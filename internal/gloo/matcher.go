package gloo

import (
	"slices"
	"strings"
)

// Matcher is a matcher of requests, of a route or of an entry of transformations.
type Matcher struct {
	Value
	// OfEntry marks one of an entry, of which Gloo and Envoy make less than of a route's.
	OfEntry bool
}

// RouteMatchers are a route's matchers: any of them is enough. A route without
// matches all requests, as one for the prefix / does.
// Source: the defaults of translateRoutes in projects/gateway/pkg/translator of solo-io/gloo.
func RouteMatchers(route Value) []Matcher {
	list := route.Child("matchers")
	if items := list.Items(); len(items) > 0 {
		all := make([]Matcher, len(items))
		for i, v := range items {
			all[i] = Matcher{Value: v}
		}
		return all
	}
	return []Matcher{{Value: Value{Path: list.Path}}}
}

// MatchesAll tells whether the matcher surely matches any request: it is not
// there, or is for the path prefix / and nothing else. One without a path ({})
// is another thing: Envoy does not take it for a match of all.
func (m Matcher) MatchesAll() bool {
	if !m.Exists() {
		return true
	}
	if m.Child("prefix").Text() != "/" {
		return false
	}
	only := true
	m.Fields(func(name string, field Value) {
		switch name {
		case "prefix", "caseSensitive":
		default:
			only = only && (!field.Exists() || field.IsList() && len(field.Items()) == 0)
		}
	})
	return only
}

// pathKinds are the fields of a matcher's path: a oneof, of which the last counts.
var pathKinds = []string{"prefix", "exact", "regex"}

// connectMatcher stands in the place of a path, for requests that have none.
const connectMatcher = "connectMatcher"

// Connects tells whether the matcher is for requests of the method CONNECT.
func (m Matcher) Connects() bool { return m.Child(connectMatcher).Exists() }

// HasPath tells whether the matcher says anything of the request's path.
func (m Matcher) HasPath() bool {
	return slices.ContainsFunc(pathKinds, func(kind string) bool { return m.Child(kind).Exists() })
}

// ByPath says how the matcher looks at a request's path, "prefix", "exact", "regex"
// or "connectMatcher", and the text that it looks for. Where it says nothing of the
// path, it is for the prefix /.
func (m Matcher) ByPath() (by, path string) {
	by, path = "prefix", "/"
	for _, kind := range append(slices.Clip(pathKinds), connectMatcher) {
		if v := m.Child(kind); v.Exists() {
			by, path = kind, v.Text()
		}
	}
	return by, path
}

// MoreThanPath tells whether the matcher asks for headers, methods or query
// parameters too.
func (m Matcher) MoreThanPath() bool {
	for _, name := range []string{"headers", "methods", "queryParameters"} {
		if len(m.Child(name).Items()) > 0 {
			return true
		}
	}
	return false
}

// String is the matcher for people: "prefix /cart".
func (m Matcher) String() string {
	by, path := m.ByPath()
	text := strings.TrimSpace(by + " " + path)
	if m.MoreThanPath() {
		text += " and more"
	}
	return text
}

// Name says in a few words which requests are matched: the methods, if there
// are any, and the path, with a * behind a prefix.
func (m Matcher) Name() string {
	by, path := m.ByPath()
	switch {
	case by == connectMatcher:
		by, path = "", "CONNECT"
	case path == "":
		by, path = "prefix", "/"
	}
	if by == "prefix" {
		path += "*"
	}
	var methods []string
	for _, v := range m.Child("methods").Items() {
		methods = append(methods, v.Text())
	}
	return strings.TrimSpace(strings.Join(methods, ",") + " " + path)
}
