package gloo

import "slices"

// Template is a transformationTemplate: what is extracted from a request or a
// response, and the Inja templates that are rendered for it.
type Template struct {
	Value
	// OnResponse and ByResponse are as in the Transform around it.
	OnResponse, ByResponse bool
}

// Body is what a template does with the body of a request or a response.
type Body int

const (
	// ParsesBody: the body is buffered and parsed as JSON; one that is not JSON is answered 400.
	ParsesBody Body = iota
	// TriesBody: it is buffered and parsed, and one that is not JSON passes (ignoreErrorOnParse).
	TriesBody
	// BuffersBody: it is buffered as text, not parsed (parseBodyBehavior: DontParse).
	BuffersBody
	// PassesBody: it streams through (passthrough).
	PassesBody
)

// Body says what the template does with the body.
func (t Template) Body() Body {
	ignores, _ := t.Child("ignoreErrorOnParse").Bool()
	dont, number := t.Child("parseBodyBehavior"), 0.0
	if n, ok := dont.Number(); ok {
		number = n
	}
	switch {
	case t.bodyField() == "passthrough":
		return PassesBody
	case dont.Text() == "DontParse", number == 1:
		return BuffersBody
	case ignores:
		return TriesBody
	default:
		return ParsesBody
	}
}

// bodyFields are one oneof in Gloo's API, in its order: the last counts.
var bodyFields = []string{"body", "passthrough", "mergeExtractorsToBody", "mergeJsonKeys"}

// bodyField is the field that says what becomes of the body, empty if there is none.
func (t Template) bodyField() string {
	for _, name := range slices.Backward(bodyFields) {
		if t.Child(name).Exists() {
			return name
		}
	}
	return ""
}

// Advanced tells whether names in the templates are JSON pointers, and
// extractors are to be had by extraction() only.
func (t Template) Advanced() bool {
	on, _ := t.Child("advancedTemplates").Bool()
	return on
}

// SpanTransformer is what the template does to the span.
func (t Template) SpanTransformer() Value { return t.Child("spanTransformer") }

// SpanName is the Inja template of the span's name.
func (t Template) SpanName() Value { return t.Child("spanTransformer", "name", "text") }

// ChangesNothing tells whether the template does nothing to a request; it may
// name the span.
func (t Template) ChangesNothing() bool {
	nothing := t.IsMap()
	t.Fields(func(name string, field Value) {
		switch name {
		case "spanTransformer", "advancedTemplates", "escapeCharacters", "extractors":
		default:
			nothing = nothing && !field.Exists()
		}
	})
	return nothing
}

// Inja is one text of a template that is rendered by Inja.
type Inja struct {
	Value
	// NamesSpan marks the span's name.
	NamesSpan bool
}

// Texts are the Inja templates that are written, in the order of Gloo's API,
// and of maps in the document's order.
func (t Template) Texts() []Inja {
	var texts []Inja
	add := func(template Value) {
		if v := template.Child("text"); v.Exists() {
			texts = append(texts, Inja{Value: v})
		}
	}
	t.Child("headers").Fields(func(_ string, field Value) { add(field) })
	add(t.Child("body"))
	for _, v := range t.Child("dynamicMetadataValues").Items() {
		add(v.Child("value"))
	}
	for _, v := range t.Child("headersToAppend").Items() {
		add(v.Child("value"))
	}
	t.Child("mergeJsonKeys", "jsonKeys").Fields(func(_ string, field Value) { add(field.Child("tmpl")) })
	if v := t.SpanName(); v.Exists() {
		texts = append(texts, Inja{Value: v, NamesSpan: true})
	}
	return texts
}

// Extractors are the extractors that the template declares, in the document's order.
func (t Template) Extractors() []Extractor {
	var all []Extractor
	t.Child("extractors").Fields(func(name string, field Value) {
		if field.Exists() {
			all = append(all, Extractor{field, name})
		}
	})
	return all
}

// Extractor takes a part out of a header or the body.
type Extractor struct {
	Value
	// Name is what templates know it by.
	Name string
}

// Header is the header that the extractor reads, empty if it reads the body.
func (e Extractor) Header() string { return e.Child("header").Text() }

// Regex has to match the whole source, but in mode REPLACE_ALL.
func (e Extractor) Regex() Value { return e.Child("regex") }

// Subgroup is the regex's group that is taken; 0 is the whole match.
func (e Extractor) Subgroup() Value { return e.Child("subgroup") }

// Replacement is the text put in place of what is found.
func (e Extractor) Replacement() Value { return e.Child("replacementText") }

// extractionModes by the numbers of Gloo's enum.
var extractionModes = []string{"EXTRACT", "SINGLE_REPLACE", "REPLACE_ALL"}

// The modes of an extractor that rules ask about.
const (
	Extract    = "EXTRACT"
	ReplaceAll = "REPLACE_ALL"
)

// Mode is the extractor's mode by its name; Extract is the default.
func (e Extractor) Mode() string {
	m := e.Child("mode")
	if n, ok := m.Number(); ok && n >= 0 && int(n) < len(extractionModes) {
		return extractionModes[int(n)]
	}
	if m.Text() == "" {
		return Extract
	}
	return m.Text()
}
