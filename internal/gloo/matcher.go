package gloo

import "strings"

// Matcher is a matcher of requests, of a route or of an entry of transformations.
type Matcher struct{ Value }

// RouteMatchers are a route's matchers: any of them is enough. A route without
// matches all requests, as one for the prefix / does.
// Source: the defaults of translateRoutes in projects/gateway/pkg/translator of solo-io/gloo.
func RouteMatchers(route Value) []Matcher {
	list := route.Child("matchers")
	if items := list.Items(); len(items) > 0 {
		all := make([]Matcher, len(items))
		for i, v := range items {
			all[i] = Matcher{v}
		}
		return all
	}
	return []Matcher{{Value{Path: list.Path}}}
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

// Name says in a few words which requests are matched: the methods, if there
// are any, and the path, with a * behind a prefix.
func (m Matcher) Name() string {
	path := "/*"
	for _, kind := range pathKinds {
		if v := m.Child(kind); v.Text() != "" {
			path = v.Text()
			if kind == "prefix" {
				path += "*"
			}
		}
	}
	var methods []string
	for _, v := range m.Child("methods").Items() {
		methods = append(methods, v.Text())
	}
	return strings.TrimSpace(strings.Join(methods, ",") + " " + path)
}
