package mutate_test

import (
	"slices"
	"strings"
)

// first is the first entry that matches.
func first(entries []any, r request) obj {
	for _, item := range entries {
		e, _ := item.(obj)
		if e != nil && matches(e["matcher"], r) {
			return e
		}
	}
	return nil
}

func matches(matcher any, r request) bool {
	m, _ := matcher.(obj)
	if m == nil {
		return true
	}
	if methods := list(m["methods"]); len(methods) > 0 && !slices.Contains(methods, any(r.method)) {
		return false
	}
	if prefix, ok := m["prefix"].(string); ok {
		return strings.HasPrefix(r.path, prefix)
	}
	if exact, ok := m["exact"].(string); ok {
		return r.path == exact
	}
	return false
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
