package validate

import (
	"strconv"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// transformations checks the transformations at one place of options.
func (c check) transformations(place *gloo.Options) {
	t := place.Transformations()
	if t.DeprecatedIgnored() {
		c.Add(finding.DeprecatedIgnored, t.Deprecated.Path, "beside", "stagedTransformations.regular")
	}
	for _, stage := range t.Stages() {
		if stage.Deprecated && t.DeprecatedIgnored() {
			continue
		}
		for _, e := range stage.Requests() {
			c.matcher(e.Matcher())
			c.transform(e.Request(), stage)
			c.transform(e.Response(), stage)
		}
		for _, e := range stage.Responses() {
			c.transform(e.Response(), stage)
		}
		c.reach(stage)
	}
}

// matcher checks that an entry's matcher is one that Envoy has for entries.
func (c check) matcher(m gloo.Matcher) {
	switch {
	case !m.IsMap():
	case m.Connects():
		c.Add(finding.ConnectEntry, m.Path)
	case !m.HasPath():
		c.Add(finding.PathlessEntry, m.Path)
	}
}

// transform checks what one entry does to a request or a response.
func (c check) transform(t gloo.Transform, stage gloo.Stage) {
	if !t.IsMap() {
		return
	}
	types := t.Types()
	template := t.Template()
	switch {
	case t.Typeless():
		c.Add(finding.NoType, t.Path)
		return
	case len(types) > 1 && template.Exists():
		c.Add(finding.TemplateDropped, template.Path, "winner", t.Type())
		return
	case t.Type() != gloo.TemplateType || !template.IsMap():
		return
	}
	c.span(template, stage)
	c.template(template)
}

// span checks that a template that does something to the span may do so.
func (c check) span(t gloo.Template, stage gloo.Stage) {
	span := t.SpanTransformer()
	if !span.IsMap() {
		return
	}
	if v := c.policy.GlooVersion(); !v.HasSpanTransformer() {
		c.Add(finding.SpanTransformerUnknown, span.Path, "version", v.String())
		return
	}
	if t.OnResponse {
		rule := finding.SpanOnResponse
		if stage.Deprecated || t.ByResponse {
			rule = finding.SpanReadsResponse
		}
		c.Add(rule, span.Path)
	}
}

// reach reports the entries that stand behind one which takes all of their requests or responses.
func (c check) reach(stage gloo.Stage) {
	const requests, responses = "requestTransforms", "responseTransforms"
	place := func(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
	all := stage.CatchAll()
	var before gloo.Taken
	for _, e := range stage.Requests() {
		these := e.Matcher().Requests()
		if first := before.By(these); first >= 0 {
			rule := finding.TakenBefore
			if first == all {
				rule = finding.NeverReached
			}
			c.Add(rule, e.Path, "first", place(requests, first))
		}
		before.Add(these)
	}
	first := -1
	for i, e := range stage.Responses() {
		switch {
		case first >= 0:
			c.Add(finding.NeverReachedResponse, e.Path, "first", place(responses, first))
		case e.MatchesAllResponses():
			first = i
		}
	}
}
