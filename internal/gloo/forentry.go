package gloo

import (
	"encoding/json"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// ForEntry is the matcher by which an entry of transformations is for just the
// requests that a route's matcher is for. There is none where a route's means
// more than an entry's can, or might: ok is false.
func (m Matcher) ForEntry() (matcher map[string]any, ok bool) {
	requests, kinds := m.Requests(), 0
	if !m.IsMap() || json.Unmarshal([]byte(m.Raw()), &matcher) != nil {
		return nil, false
	}
	for name, field := range matcher {
		switch {
		case field == nil, name == "caseSensitive":
			delete(matcher, name)
		case slices.Contains(pathKinds, name):
			kinds++
		case name != "methods" && name != "headers" && name != "queryParameters":
			return nil, false
		}
	}
	switch {
	case kinds != 1 || requests.by == "":
		return nil, false
	case requests.anyCase:
		delete(matcher, requests.by)
		requests.path = inAnyCase(requests.path)
		if requests.by == "prefix" {
			requests.path += ".*"
		}
		requests.by = "regex"
		matcher[requests.by] = requests.path
	}
	return matcher, requests.by != "regex" || plainRegex(requests.path)
}

// inAnyCase is a regex for a text in upper and lower case.
func inAnyCase(text string) string {
	var regex strings.Builder
	for _, c := range text {
		if upper, lower := strings.ToUpper(string(c)), strings.ToLower(string(c)); c < 0x80 && upper != lower {
			regex.WriteString("[" + lower + upper + "]")
		} else {
			regex.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return regex.String()
}

// inCommon is what RE2 and std::regex have in common, of a text of ASCII.
var inCommon = func() *regexp.Regexp {
	const (
		literal = `[\w/~%@:,;=&!-]`
		escaped = `\\[./+*?()\[\]{}|^$\\dDwW]`
		class   = `\[\^?(?:[\w/.~%@:,;=&!+*](?:-\w)?|` + escaped + `)+-?\]`
		times   = `(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})?`
	)
	return regexp.MustCompile(`^\^?(?:(?:` + literal + `|` + escaped + `|` + class + `|\.|\))` + times + `|\((?:\?:)?|\|)*\$?$`)
}()

// longRegex is longer than any that somebody wrote by hand, or than a path in any
// case. Go's parser takes time with the square of the length, for "[[:[[:[[:" and so on.
const longRegex = 2 << 10

// plainRegex tells whether a regex means the same to a route, whose regex Envoy
// gives to RE2, and to an entry, whose regex it gives to std::regex, which
// refuses some that RE2 takes, and with them all that the proxy is told. Of a long
// one nobody can tell.
// Source: source/common/matcher/solo_matcher.cc of solo-io/envoy-gloo.
func plainRegex(regex string) bool {
	if len(regex) > longRegex || !inCommon.MatchString(regex) {
		return false
	}
	_, err := syntax.Parse(regex, syntax.Perl)
	return err == nil
}
