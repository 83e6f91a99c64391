package gloo

import "strings"

// Match is one matcher of a route.
type Match struct {
	// By is "prefix", "exact", "regex" or "connectMatcher"; Path is what it is about.
	By, Path string
	// More is set if the matcher also asks for headers, methods or query parameters.
	More bool
}

// String is the matcher for people: "prefix /cart".
func (m Match) String() string {
	text := strings.TrimSpace(m.By + " " + m.Path)
	if m.More {
		text += " and more"
	}
	return text
}

// Matches are the matchers of the route; Gloo takes a route without any for the prefix /.
func (o *Options) Matches() []Match {
	if o.Level != RouteLevel {
		return nil
	}
	var all []Match
	for _, m := range o.Holder.Child("matchers").Items() {
		match := Match{By: "prefix", Path: "/"}
		for _, by := range []string{"prefix", "exact", "regex", "connectMatcher"} {
			if v := m.Child(by); v.Exists() {
				match.By, match.Path = by, v.Text()
			}
		}
		for _, more := range []string{"headers", "methods", "queryParameters"} {
			match.More = match.More || len(m.Child(more).Items()) > 0
		}
		all = append(all, match)
	}
	if len(all) == 0 {
		all = []Match{{By: "prefix", Path: "/"}}
	}
	return all
}

// Domains are the hosts that a VirtualService is for; without any it is for all.
func (o Object) Domains() []string {
	var all []string
	for _, d := range o.Spec().Child("virtualHost", "domains").Items() {
		all = append(all, d.Text())
	}
	if len(all) == 0 {
		all = []string{"*"}
	}
	return all
}
