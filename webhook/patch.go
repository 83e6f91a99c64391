package webhook

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/tidwall/gjson"
	"gomodules.xyz/jsonpatch/v2"
)

// appendPatch appends operations as JSON (RFC 6902).
func appendPatch(b []byte, operations []jsonpatch.Operation) ([]byte, error) {
	b = append(b, '[')
	for i, o := range operations {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"op":`...)
		b = gjson.AppendJSONString(b, o.Operation)
		b = append(b, `,"path":`...)
		b = gjson.AppendJSONString(b, o.Path)
		b = append(b, `,"value":`...)
		var err error
		if b, err = appendValue(b, o.Value); err != nil {
			return nil, fmt.Errorf("the patch at %s: %w", o.Path, err)
		}
		b = append(b, '}')
	}
	return append(b, ']'), nil
}

// appendValue appends what mutations are made of without reflection: that, and
// looking again at JSON that is ready, was half of the work on an answer.
func appendValue(b []byte, value any) (_ []byte, err error) {
	switch v := value.(type) {
	case json.RawMessage:
		return append(b, v...), nil
	case string:
		return gjson.AppendJSONString(b, v), nil
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendValue(b, item); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case map[string]any:
		b = append(b, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(gjson.AppendJSONString(b, name), ':')
			if b, err = appendValue(b, v[name]); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	default:
		raw, err := json.Marshal(value)
		return append(b, raw...), err
	}
}
