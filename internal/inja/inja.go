// Package inja checks Inja templates as envoy-gloo takes them: Inja 3.4.0 with
// JSON pointers as a second notation, and envoy-gloo's functions. A template
// that it refuses is refused by Envoy, and with it the whole listener; one that
// it accepts, odd as it may look, is accepted there too.
//
// Sources: the lexer, parser and renderer of solo-io/inja (v3.4.0-patch3), the
// callbacks of envoy-gloo's inja_transformer, and nlohmann/json 3.11 for literals.
package inja

import (
	"slices"
	"sort"
	"strings"
)

// Options say how a transformation reads its templates.
type Options struct {
	// Advanced is the transformation's advancedTemplates: variables are JSON
	// pointers (a/b), no longer dotted paths (a.b).
	Advanced bool
}

// Position is a place in a template. Both count from one; Column counts bytes,
// as the positions in Envoy's own messages do.
type Position struct{ Line, Column int }

// Kind says what a Problem is about.
type Kind string

const (
	// Syntax is text that does not parse. Nothing behind it is looked at.
	Syntax Kind = "syntax"
	// Function is a call of a function that does not exist, or with the wrong
	// number of arguments.
	Function Kind = "function"
)

// Problem is a reason for which Envoy refuses a template.
type Problem struct {
	Position
	Kind    Kind
	Message string
}

// maxProblems is how many problems of one template are told.
const maxProblems = 10

// Variable is the reading of a value that neither the template nor a function
// defines: an extractor or the request's JSON body has to.
type Variable struct {
	Position
	Name string
	// Path is the name taken apart: a.b is b in a.
	Path []string
	// Needed tells that each rendering reads it and fails, with 400 as the
	// answer, if nothing defines it: it is in no branch or loop, and is not what
	// default() stands in for.
	Needed bool
	// Printed is as in a Call.
	Printed bool
}

// Call is a call of a function. A bare body or context is one too.
type Call struct {
	Position
	Function string
	// Printed tells that its value becomes part of the rendered text, whole or
	// nearly so: not where it is only compared, counted or cut to a length.
	Printed   bool
	arguments []argument
}

type argument struct {
	text    string
	literal bool
}

// Text is an argument that is a string literal; ok is false if it is anything else.
func (c Call) Text(n int) (text string, ok bool) {
	if n >= len(c.arguments) {
		return "", false
	}
	return c.arguments[n].text, c.arguments[n].literal
}

// Template is what a template reads and calls, in the order in which it stands there.
type Template struct {
	Variables []Variable
	Calls     []Call
	// Empty are expressions without a value that each rendering comes to, such
	// as {{}} or {{ [1, 2 }}: Envoy accepts them, and rendering fails.
	Empty []Position
	// Files are the templates that it includes or extends. Envoy refuses the
	// template unless the proxy's container has them as files.
	Files []string

	text     string
	constant bool
}

// Constant is the text of a template that comes out the same for each request;
// ok is false if it reads or decides anything.
func (t Template) Constant() (text string, ok bool) { return t.text, t.constant }

// Extractions are the calls of extraction().
func (t Template) Extractions() []Call {
	var calls []Call
	for _, c := range t.Calls {
		if c.Function == "extraction" {
			calls = append(calls, c)
		}
	}
	return calls
}

// UsesBody tells whether the template asks for the body or for the JSON in it as a whole.
func (t Template) UsesBody() bool {
	return slices.ContainsFunc(t.Calls, func(c Call) bool { return c.Function == "body" || c.Function == "context" })
}

// Parse parses a template. With problems of syntax the Template is empty.
func Parse(text string, o Options) (Template, []Problem) {
	p := &parser{
		lexer:    lexer{in: strings.TrimPrefix(text, "\uFEFF"), advanced: o.Advanced},
		always:   true,
		blocks:   map[string]bool{},
		bound:    map[string]bool{},
		constant: true,
	}
	p.template()
	if p.failed {
		return Template{}, p.problems
	}
	return p.result(), p.problems
}

// lines are where the lines of a text begin.
type lines []int

func linesOf(text string) lines {
	starts := lines{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func (l lines) position(offset int) Position {
	line := sort.SearchInts(l, offset+1)
	return Position{Line: line, Column: offset - l[line-1] + 1}
}
