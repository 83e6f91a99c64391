package inja

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/glootrace/glootrace/internal/gloo"
)

// maxQuoted is how many bytes of a template a message quotes.
const maxQuoted = 40

// fail reports a problem of syntax and ends the parsing.
func (p *parser) fail(at int, message string) {
	if p.failed {
		return
	}
	p.report(at, Syntax, message)
	p.failed = true
}

// report adds a problem. With many, it ends the parsing.
func (p *parser) report(at int, kind Kind, message string) {
	p.problems = append(p.problems, Problem{p.position(at), kind, message})
	p.failed = p.failed || len(p.problems) == maxProblems
}

func (p *parser) position(offset int) Position {
	if p.lines == nil {
		p.lines = linesOf(p.lexer.in)
	}
	return p.lines.position(offset)
}

// unexpected fails because another token should be here.
func (p *parser) unexpected(wanted string) {
	p.fail(p.token.start, "expected "+wanted+", got "+p.describe()+p.hint())
}

func (p *parser) describe() string {
	switch p.token.kind {
	case endToken:
		return "the end of the template"
	case closeToken:
		if p.text(p.token) == "\n" {
			return "the end of the line"
		}
	case unknownToken:
		_, size := utf8.DecodeRuneInString(p.lexer.in[p.token.start:])
		return quote(p.lexer.in[p.token.start : p.token.start+size])
	}
	return quote(p.text(p.token))
}

// quote is a piece of the template as a message shows it: short, and printable.
func quote(text string) string {
	quoted := strconv.Quote(gloo.Shorten(text, maxQuoted))
	return `"` + unescape.Replace(quoted[1:len(quoted)-1]) + `"`
}

// unescape leaves quotes and backslashes as they are: people compare.
var unescape = strings.NewReplacer(`\\`, `\`, `\"`, `"`)

// hint says what was probably meant by the token, for people who know other
// template languages.
func (p *parser) hint() string {
	if p.token.kind == endToken {
		return ""
	}
	rest := p.lexer.in[p.token.start:]
	switch {
	case rest[0] == '\'':
		return "; strings take double quotes"
	case rest[0] == '|':
		return "; there are no pipes: write lower(x) for x | lower"
	case strings.HasPrefix(rest, "&&"):
		return "; write and"
	case rest[0] == '!':
		return "; write not"
	case rest[0] == '=':
		return "; write == to compare"
	default:
		return ""
	}
}

func hintStatement(word string) string {
	switch word {
	case "elif", "elsif", "elseif":
		return "; write else if"
	case "raw", "macro", "call", "filter", "with", "import", "from":
		return "; Inja has none, Jinja has"
	case "end":
		return "; write endif or endfor"
	default:
		return ""
	}
}

// hintValues explains a value that stands behind another one.
func hintValues(second node) string {
	switch {
	case second.kind == literalNode && strings.HasPrefix(second.text, "["):
		return "; write at(list, 0) or list.0"
	case second.kind == literalNode && strings.HasPrefix(second.text, "-"):
		return "; put a space around -"
	default:
		return ""
	}
}

func hintLiteral(text string) string {
	if text == "-" {
		return "; write a sign next to its number, and 0 - x for -x"
	}
	return ""
}
