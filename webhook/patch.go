package webhook

import (
	"fmt"

	"github.com/tidwall/gjson"
	"gomodules.xyz/jsonpatch/v2"

	"github.com/glootrace/glootrace/internal/gloo"
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
		if b, err = gloo.AppendJSON(b, o.Value); err != nil {
			return nil, fmt.Errorf("the patch at %s: %w", o.Path, err)
		}
		b = append(b, '}')
	}
	return append(b, ']'), nil
}
