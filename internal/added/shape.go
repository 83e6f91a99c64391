package added

import (
	"encoding/json"
	"strings"

	"github.com/glootrace/glootrace/internal/gloo"
)

// shapes are what glootrace adds, by the ends of the pointers at which it does so.
// Anybody can write a record, or edit one: a value of another shape does not count
// as added, whatever the record says.
//
// A map has all of the fields, but for those with a ? behind their names, and no
// other; a list has items of one shape.
var shapes = map[string]any{
	"/requestTransforms":                                         []any{entry},
	"/requestTransforms/-":                                       entry,
	"/requestTransformation":                                     transformation,
	"/" + gloo.TemplateType + "/spanTransformer":                 spanTransformer,
	listener + "/tracing":                                        fields{gloo.OpenTelemetry: provider, "tracePercentages?": percentages},
	listener + "/tracing/" + gloo.OpenTelemetry:                  provider,
	listener + "/tracing/" + gloo.OpenTelemetry + "/serviceName": isText,
	listener + "/tracing/tracePercentages":                       percentages,
	"/spec/useHttp2":                                             isTrue,
	"/containers/-":                                              isAgent,
	"/initContainers/-":                                          isAgent,
	"/env/-":                                                     fields{"name": isVariable, "value": isText},
	"/metadata/annotations/glootrace.dev~1injected":              isText,
	Pointer: isText,
}

const listener = "/httpConnectionManagerSettings"

type (
	fields map[string]any
	is     func(v any) bool
)

var (
	spanTransformer = fields{"name": fields{"text": isText}}
	transformation  = fields{gloo.TemplateType: fields{"passthrough": fields{}, "spanTransformer": spanTransformer}}
	entry           = fields{"matcher?": isMap, "requestTransformation": transformation}
	provider        = fields{"collectorUpstreamRef": fields{"namespace": isText, "name": isText}, "serviceName?": isText}
	percentages     = fields{"clientSamplePercentage?": isNumber, "randomSamplePercentage?": isNumber, "overallSamplePercentage?": isNumber}

	isText   = is(func(v any) bool { _, is := v.(string); return is })
	isTrue   = is(func(v any) bool { return v == true })
	isMap    = is(func(v any) bool { _, is := v.(map[string]any); return is })
	isNumber = is(func(v any) bool {
		switch v.(type) {
		case json.Number, float64:
			return true
		}
		return false
	})
	isVariable = is(func(v any) bool { return v == "OTEL_EXPORTER_OTLP_ENDPOINT" || v == "OTEL_SERVICE_NAME" })
	isAgent    = is(func(v any) bool { m, _ := v.(map[string]any); return m["name"] == "otel-agent" })
)

// isOurs tells whether glootrace adds such a value at such a pointer.
func isOurs(pointer string, v any) bool {
	for end, shape := range shapes {
		if strings.HasSuffix(pointer, end) && fits(v, shape) {
			return true
		}
	}
	return false
}

func fits(v, shape any) bool {
	switch shape := shape.(type) {
	case is:
		return shape(v)
	case []any:
		items, _ := v.([]any)
		for _, item := range items {
			if !fits(item, shape[0]) {
				return false
			}
		}
		return len(items) > 0
	case fields:
		m, isMap := v.(map[string]any)
		known := 0
		for name, below := range shape {
			name, optional := strings.CutSuffix(name, "?")
			value, has := m[name]
			if has {
				known++
			}
			if !has && !optional || has && !fits(value, below) {
				return false
			}
		}
		return isMap && known == len(m) && (known > 0 || len(shape) == 0)
	}
	return false
}
