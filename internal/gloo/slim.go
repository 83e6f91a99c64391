package gloo

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// Slim is the object in document with only what rules ask about other objects:
// identity, labels, glootrace's own annotations and the fields of the kind's shape. It is what a cache of
// the cluster's objects holds, so that its size does not depend on theirs.
func Slim(document map[string]any) (Object, error) {
	slim := map[string]any{"apiVersion": document["apiVersion"], "kind": document["kind"]}
	if meta, ok := document["metadata"].(map[string]any); ok {
		kept := map[string]any{}
		for _, f := range []string{"name", "namespace", "labels", "deletionTimestamp"} {
			if v, ok := meta[f]; ok {
				kept[f] = v
			}
		}
		if annotations, ok := meta["annotations"].(map[string]any); ok {
			own := maps.Clone(annotations)
			maps.DeleteFunc(own, func(name string, _ any) bool { return !strings.HasPrefix(name, annotationPrefix) })
			kept["annotations"] = own
		}
		slim["metadata"] = kept
	}
	kind, _ := document["kind"].(string)
	if want, ok := shapes[Kind(kind)]; ok {
		slim["spec"] = want.prune(document["spec"])
	}
	raw, err := json.Marshal(slim)
	if err != nil {
		return Object{}, fmt.Errorf("keeping a %s: %w", kind, err)
	}
	return Decode(raw)
}

// prune copies of v what the shape names.
func (s shape) prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if s.kind != isMap {
			return map[string]any{} // that it is there is all that is asked
		}
		kept := map[string]any{}
		for name, field := range v {
			if next, ok := s.field(name); ok && !next.own {
				kept[name] = next.prune(field)
			}
		}
		return kept
	case []any:
		if s.kind != isList {
			return []any{}
		}
		kept := make([]any, len(v))
		for i, item := range v {
			kept[i] = s.item.prune(item)
		}
		return kept
	default:
		return v
	}
}
