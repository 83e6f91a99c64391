package validate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/inja"
)

// template checks the Inja templates and the extractors of a transformation.
func (c check) template(t gloo.Template) {
	c.extractors(t)
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
		c.extractions(text, parsed, t)
		c.variables(text, parsed, t)
		if text.NamesSpan {
			name = parsed
			c.cardinality(text, parsed, t)
		}
	}
	if !t.OnResponse {
		c.emptyName(t, name)
		c.parsesForNothing(t, name)
	}
}

// extractions checks that what extraction() asks for is declared.
func (c check) extractions(text gloo.Inja, parsed inja.Template, t gloo.Template) {
	var said []string
	for _, call := range parsed.Extractions() {
		name, ok := call.Text(0)
		if _, declared := extractor(t, name); !ok || declared || slices.Contains(said, name) {
			continue
		}
		said = append(said, name)
		fix := "declare it: extractors: {" + name + ": …}"
		if near := gloo.Nearest(name, extractorNames(t)); near != "" {
			fix = "did you mean " + near + "?"
		}
		c.Add(finding.UnknownExtraction, text.Path, "name", name, "fix", fix)
	}
}

// variables checks that something defines what a template reads each time:
// an extractor, or, where it is parsed, the body. That a body may lack a field
// is for its sender to know, but not for the sake of a span's name.
func (c check) variables(text gloo.Inja, parsed inja.Template, t gloo.Template) {
	for _, at := range parsed.Empty {
		c.Add(finding.NoValue, text.Path, "line", strconv.Itoa(at.Line), "column", strconv.Itoa(at.Column))
	}
	var said []string
	for _, v := range parsed.Variables {
		if !v.Needed || definedByExtractor(v, t) || slices.Contains(said, v.Name) {
			continue
		}
		said = append(said, v.Name)
		parses := t.Body() == gloo.ParsesBody || t.Body() == gloo.TriesBody
		switch {
		case !parses:
			c.Add(finding.UndefinedVariable, text.Path, "name", v.Name, "fix", define(v, t))
		case text.NamesSpan:
			c.Add(finding.BodyMayDefine, text.Path, "name", v.Name)
		}
	}
}

// definedByExtractor: without advancedTemplates, an extractor a.b defines b in a.
func definedByExtractor(v inja.Variable, t gloo.Template) bool {
	return !t.Advanced() && slices.ContainsFunc(extractorNames(t), func(name string) bool {
		path := strings.Split(name, ".")
		n := min(len(path), len(v.Path))
		return slices.Equal(path[:n], v.Path[:n])
	})
}

// define says what to do about a variable that nothing defines.
func define(v inja.Variable, t gloo.Template) string {
	near := gloo.Nearest(v.Name, extractorNames(t))
	switch _, declared := extractor(t, v.Name); {
	case t.Advanced() && declared:
		return `extraction("` + v.Name + `"): with advancedTemplates a name alone is part of the body`
	case near != "" && t.Advanced():
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
func (c check) parsesForNothing(t gloo.Template, name inja.Template) {
	if t.OnResponse || !t.ChangesNothing() || t.Body() != gloo.ParsesBody || name.UsesBody() {
		return
	}
	for _, v := range name.Variables {
		if !definedByExtractor(v, t) {
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

func extractor(t gloo.Template, name string) (gloo.Extractor, bool) {
	all := t.Extractors()
	if i := slices.IndexFunc(all, func(e gloo.Extractor) bool { return e.Name == name }); i >= 0 {
		return all[i], true
	}
	return gloo.Extractor{}, false
}

func extractorNames(t gloo.Template) []string {
	var names []string
	for _, e := range t.Extractors() {
		names = append(names, e.Name)
	}
	return names
}
