package validate

import (
	"strconv"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/inja"
)

// template checks the Inja templates and the extractors of a transformation.
func (c check) template(t gloo.Template) {
	c.extractors(t)
	known := extractorsOf(t)
	var name inja.Template // of the span
	for _, text := range t.Texts() {
		if text.IsOtherThanText() { // of a wrong type, which is said already
			continue
		}
		parsed, problems := inja.Parse(text.Text(), inja.Options{Advanced: t.Advanced()})
		for _, p := range problems {
			rule := finding.TemplateSyntax
			if p.Kind == inja.Function {
				rule = finding.TemplateFunction
			}
			c.Add(rule, text.Path, "line", strconv.Itoa(p.Line), "column", strconv.Itoa(p.Column), "problem", p.Message)
		}
		for _, file := range parsed.Files {
			c.Add(finding.TemplateFile, text.Path, "file", strconv.Quote(file))
		}
		c.extractions(text, parsed, known)
		c.variables(text, parsed, t, known)
		if text.NamesSpan {
			name = parsed
			c.cardinality(text, parsed, known)
		}
	}
	if !t.OnResponse {
		c.emptyName(t, name)
		c.parsesForNothing(t, name, known)
	}
}

// extractions checks that what extraction() asks for is declared.
func (c check) extractions(text gloo.Inja, parsed inja.Template, known extractors) {
	said := map[string]bool{}
	for _, call := range parsed.Extractions() {
		name, ok := call.Text(0)
		if !ok || known.declares(name) || said[name] {
			continue
		}
		said[name] = true
		fix := "declare it: extractors: {" + name + ": …}"
		if near := known.nearest(name); near != "" {
			fix = "did you mean " + near + "?"
		}
		c.Add(finding.UnknownExtraction, text.Path, "name", name, "fix", fix)
	}
}

// variables checks that something defines what a template reads each time:
// an extractor, or, where it is parsed, the body. That a body may lack a field
// is for its sender to know, but not for the sake of a span's name.
func (c check) variables(text gloo.Inja, parsed inja.Template, t gloo.Template, known extractors) {
	for _, at := range parsed.Empty {
		c.Add(finding.NoValue, text.Path, "line", strconv.Itoa(at.Line), "column", strconv.Itoa(at.Column))
	}
	said := map[string]bool{}
	body := t.Body()
	parses := body == gloo.ParsesBody || body == gloo.TriesBody
	for _, v := range parsed.Variables {
		if !v.Needed || known.define(v) || said[v.Name] {
			continue
		}
		said[v.Name] = true
		switch {
		case !parses:
			c.Add(finding.UndefinedVariable, text.Path, "name", v.Name, "fix", define(v, known))
		case text.NamesSpan:
			c.Add(finding.BodyMayDefine, text.Path, "name", v.Name)
		}
	}
}

// define says what to do about a variable that nothing defines.
func define(v inja.Variable, known extractors) string {
	near := known.nearest(v.Name)
	switch {
	case known.advanced && known.declares(v.Name):
		return `extraction("` + v.Name + `"): with advancedTemplates a name alone is part of the body`
	case near != "" && known.advanced:
		return `did you mean extraction("` + near + `")?`
	case near != "":
		return "did you mean " + near + "?"
	default:
		return `header("…") for a header, an extractor of this name, or default(` + v.Name + `, "")`
	}
}

// emptyName reports a span transformer that leaves the span without a name.
func (c check) emptyName(t gloo.Template, name inja.Template) {
	span := t.SpanTransformer()
	if !span.IsMap() || t.SpanName().IsOtherThanText() {
		return
	}
	constant, ok := name.Constant()
	switch text := t.SpanName(); {
	case !text.Exists():
		c.Add(finding.EmptySpanName, span.Path)
	case text.Text() == "", ok && constant == "":
		c.Add(finding.EmptySpanName, text.Path)
	}
}

// parsesForNothing reports a template that has Envoy parse the body although
// it changes nothing, and nothing in the body is of use for the span's name.
func (c check) parsesForNothing(t gloo.Template, name inja.Template, known extractors) {
	if t.OnResponse || !t.ChangesNothing() || t.Body() != gloo.ParsesBody || name.UsesBody() {
		return
	}
	for _, v := range name.Variables {
		if !known.define(v) {
			return
		}
	}
	for _, e := range t.Extractors() {
		if e.Header() == "" {
			return
		}
	}
	c.Add(finding.ParsesForNothing, t.Path)
}
