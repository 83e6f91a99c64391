package mutate

import (
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/policy"
)

// spanName names the spans of a virtual host that has no transformations of its
// own. With one already there, an entry of ours could hide it or be hidden: only
// the first entry of a stage that matches runs.
func spanName(p *patch, pol policy.Policy) {
	host, ok := p.object.VirtualHost()
	if !ok || host.Transforms() {
		return
	}
	if v := pol.GlooVersion(); !v.HasSpanTransformer() {
		p.notes.Add(finding.NoSpanNames, host.Path, "version", v.String())
		return
	}
	p.add(SpanNameTemplate, host.RequestTransforms(), []any{named(pol.SpanName.Template)})
}

// named is a request transformation that does nothing but name the span.
// Without passthrough Envoy would buffer each body and parse it as JSON, and
// answer 400 to one that is not.
func named(template string) map[string]any {
	return map[string]any{"requestTransformation": map[string]any{"transformationTemplate": map[string]any{
		"passthrough":     map[string]any{},
		"spanTransformer": map[string]any{"name": map[string]any{"text": template}},
	}}}
}
