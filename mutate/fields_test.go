package mutate_test

import (
	"encoding/json"
	"slices"
)

// anywhere tells whether a field that is as told is written anywhere in v.
func anywhere(v any, field string, is func(any) bool) bool {
	switch v := v.(type) {
	case obj:
		for k, child := range v {
			if k == field && is(child) || anywhere(child, field, is) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return anywhere(item, field, is) })
	}
	return false
}

func at(v any, fields ...string) any {
	for _, f := range fields {
		m, _ := v.(obj)
		v = m[f]
	}
	return v
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// canonical is JSON with sorted keys.
func canonical(v any) string {
	if l, ok := v.([]any); ok && len(l) == 0 {
		return "[]"
	}
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}
