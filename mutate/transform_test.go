package mutate_test

import (
	"regexp"
	"slices"
	"strings"
)

// first is the first entry that matches. Gloo drops the caseSensitive of its
// matcher, its prefix is compared with the query too, and its regex is not RE2's.
func first(entries []any, r request) obj {
	for _, item := range entries {
		e, _ := item.(obj)
		m, _ := at(e, "matcher").(obj)
		if m["connectMatcher"] != nil || strings.Contains(text(m["regex"]), "(?") || m != nil && r.method == "CONNECT" {
			return obj{"requestTransformation": "Envoy ends"}
		}
		if e != nil && (m == nil || asks(m, r) && meets(m, r.path, false)) {
			return e
		}
	}
	return nil
}

// routeMatches tells whether a route's matcher matches.
func routeMatches(matcher any, r request) bool {
	m, _ := matcher.(obj)
	path, _, _ := strings.Cut(r.path, "?")
	return asks(m, r) && (m["connectMatcher"] != nil && r.method == "CONNECT" || meets(m, path, m["caseSensitive"] == false))
}

// asks tells whether a request has all that a matcher asks for beside the path.
func asks(m obj, r request) bool {
	_, query, _ := strings.Cut(r.path, "?")
	for _, h := range list(m["headers"]) {
		if text(at(h, "name")) != r.header {
			return false
		}
	}
	for _, q := range list(m["queryParameters"]) {
		if !strings.HasPrefix(query, text(at(q, "name"))+"=") {
			return false
		}
	}
	methods := list(m["methods"])
	return len(methods) == 0 || slices.Contains(methods, any(r.method))
}

func meets(m obj, path string, anyCase bool) bool {
	flags := "(?s)"
	if anyCase {
		flags = "(?is)"
	}
	bare, _, _ := strings.Cut(path, "?")
	matches := func(regex, path string) bool {
		return regexp.MustCompile(flags + "^(?:" + regex + ")$").MatchString(path)
	}
	if prefix, ok := m["prefix"].(string); ok {
		return matches(regexp.QuoteMeta(prefix)+".*", path)
	}
	if exact, ok := m["exact"].(string); ok {
		return matches(regexp.QuoteMeta(exact), bare)
	}
	regex, ok := m["regex"].(string)
	return ok && matches(regex, bare)
}

// apart is what a transformation does to a request, apart from naming its span.
func apart(transformation any) (effect, name string) {
	t, _ := transformation.(obj)
	if transformation == nil {
		return "nothing", unnamed
	}
	template, _ := t["transformationTemplate"].(obj)
	if template == nil || t["headerBodyTransform"] != nil || t["xsltTransformation"] != nil {
		return "other: " + canonical(transformation), unnamed
	}
	name = unnamed
	left := obj{}
	for k, v := range template {
		if k == "spanTransformer" {
			name = text(at(v, "name", "text"))
		} else {
			left[k] = v
		}
	}
	if canonical(left) == `{"passthrough":{}}` {
		return "nothing", name
	}
	return canonical(left), name
}

func hasName(entries []any) bool {
	return slices.ContainsFunc(entries, func(e any) bool {
		return at(e, "requestTransformation", "transformationTemplate", "spanTransformer") != nil
	})
}
