package inja

import (
	"math/rand/v2"
	"strings"
)

// generator makes templates of the grammar, and spoils some of them: what Inja
// makes of odd text is as much part of the grammar as what its manual says.
type generator struct{ *rand.Rand }

// pieces are what odd text is made of.
var pieces = []string{
	"{{", "}}", "{{-", "-}}", "{%", "%}", "{%-", "-%}", "{%+", "{#", "#}", "{#-", "-#}", "\n## ", "##", "\n", " ", " ", "\t", "\r\n",
	"{", "}", "[", "]", "(", ")", ",", ":", ".", "+", "-", "*", "/", "%", "^", "==", "=", "!=", "!", ">", ">=", "<", "<=",
	"and", "or", "in", "not", "true", "false", "null", "if", "else", "endif", "for", "endfor", "set", "block", "endblock",
	"include", "extends", "a", "b.c", "a/b", "x-y", "~a", "~0", "~1b", "a~1b", "@id", "$v", "_u", "loop.index",
	"0", "1", "01", "-1", "1.5", "1.", "1e3", "1E+2", "1e", "2-1", "1e999", `"a"`, `"a # b"`, `""`, `"\""`, `"\\"`, `"\q"`, `"\u00e9"`,
	`"\ud83d\ude00"`, `"\ud83d"`, `"\ude00"`, `"`, `'a'`, "\"\xff\"", "\"\t\"", `"é"`, "é", "|", "&&", ";", "\x00", "\\",
	"header(", `header("Host")`, `header("a", "b")`, "header()", `extraction("x")`, "context()", "body()", "substring(a, 1)",
	`substring("abc", 1, 2)`, "substring(1)", `cluster_metadata("a", "b", "c")`, "cluster_metadata()", "default(a, 1)", "upper(b.c)",
	"super()", "super(1)", "nope(1)", "join(a, 1)", "range(3)", "[1, 2]", `{"a": {"b": 1}}`, `{"a": 1}`, "[", "[a]", "{a}", "text",
}

func (g generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// template is one template.
func (g generator) template() string {
	var b strings.Builder
	switch g.IntN(4) {
	case 0: // odd text
		for range 1 + g.IntN(12) {
			b.WriteString(g.pick(pieces...))
			if g.IntN(3) == 0 {
				b.WriteByte(' ')
			}
		}
		return b.String()
	case 1: // odd text in braces
		open := g.IntN(3)
		b.WriteString([]string{"{{ ", "{% if ", "{% set a = "}[open])
		for range 1 + g.IntN(7) {
			b.WriteString(g.pick(pieces...) + g.pick("", " ", " "))
		}
		b.WriteString([]string{" }}", " %}x{% endif %}", " %}"}[open])
		return b.String()
	}
	for range 1 + g.IntN(4) {
		g.part(&b, 3)
	}
	text := b.String()
	if g.IntN(2) == 0 {
		return text
	}
	return g.spoil(text)
}

// spoil takes something out of a text, or puts something in.
func (g generator) spoil(text string) string {
	for range 1 + g.IntN(2) {
		at := g.IntN(len(text) + 1)
		to := min(len(text), at+g.IntN(4))
		if g.IntN(2) == 0 {
			to = at
		}
		put := ""
		if g.IntN(2) == 0 {
			put = g.pick(pieces...)
		}
		text = text[:at] + put + text[to:]
	}
	return text
}

func (g generator) part(b *strings.Builder, depth int) {
	statement := func(text string) {
		switch g.IntN(4) {
		case 0:
			b.WriteString("\n## " + text + "\n")
		default:
			b.WriteString(g.pick("{% ", "{%- ", "{%+ ", "{%") + text + g.pick(" %}", " -%}", "%}"))
		}
	}
	body := func() {
		for range g.IntN(3) {
			g.part(b, depth-1)
		}
	}
	kind := g.IntN(12)
	if depth == 0 {
		kind = g.IntN(5)
	}
	switch kind {
	case 0:
		b.WriteString(g.pick("text", " ", "\n", "a # b", "}}", "{ ", "é"))
	case 1:
		b.WriteString(g.pick("{# c #}", "{#- c -#}", "{##}", "{# }} #}"))
	case 2, 3, 4, 5:
		b.WriteString(g.pick("{{ ", "{{", "{{- ") + g.expression(3) + g.pick(" }}", "}}", " -}}"))
	case 6, 7:
		statement("if " + g.expression(2))
		body()
		for range g.IntN(2) {
			statement("else if " + g.expression(2))
			body()
		}
		if g.IntN(2) == 0 {
			statement("else")
			body()
		}
		statement("endif")
	case 8, 9:
		statement("for " + g.pick("x", "k, v", "x , y") + " in " + g.expression(2))
		body()
		statement("endfor")
	case 10:
		statement("set " + g.pick("a", "b.c", "x") + g.pick(" = ", "=") + g.expression(2))
	case 11:
		statement("block " + g.pick("a", "b", "c", "d.e"))
		body()
		statement(g.pick("endblock", "endblock", `include "f"`, `extends "g"`))
	}
}

// expression is an expression, most of them good ones.
func (g generator) expression(depth int) string {
	kind := g.IntN(12)
	if depth == 0 {
		kind = g.IntN(4)
	}
	switch kind {
	case 0:
		return g.pick("a", "b.c", "a/b", "x-y", "x", "loop.index1", "~0", "@id", "body", "context")
	case 1:
		return g.pick("1", "-1", "0", "1.5e3", "true", "null", "10")
	case 2:
		return g.pick(`"a"`, `"Host"`, `":path"`, `"\n"`, `"}}"`, `"%}"`, `"\\"`)
	case 3:
		return g.pick("[1, 2]", "[]", "{}", `{"a": 1}`, `[{"a": [true]}]`, `["]"]`, "[-1]", "[[1], 2]")
	case 4, 5:
		return g.expression(depth-1) + g.pick(" ", "") + g.pick("+", "-", "*", "/", "%", "^", "==", "!=", ">", ">=", "<", "<=", ".", " and ", " or ", " in ") +
			g.pick(" ", "") + g.expression(depth-1)
	case 6:
		return "not " + g.expression(depth-1)
	case 7:
		return "(" + g.expression(depth-1) + ")"
	default:
		name := g.pick("header", "request_header", "extraction", "substring", "default", "upper", "join", "context", "body", "cluster_metadata",
			"trim", "at", "existsIn", "replace_with_random", "env", "heder", "super", "round")
		arguments := make([]string, g.IntN(3))
		if takes, ok := functions[name]; ok && g.IntN(8) != 0 {
			arguments = make([]string, max(takes[0], 1)*min(1, len(takes)*(takes[0]+2)/2))
			if takes[0] == 0 {
				arguments = nil
			}
		}
		for i := range arguments {
			arguments[i] = g.expression(depth - 1)
		}
		return name + g.pick("(", "( ", " (") + strings.Join(arguments, g.pick(",", ", ")) + g.pick(")", " )", ")")
	}
}
