package inja

import "strings"

type tokenKind uint8

const (
	endToken     tokenKind = iota // of the template
	textToken                     // outside of any braces
	openToken                     // of an expression, a statement or a line statement
	closeToken                    // of the same
	commentToken                  // whole
	openCommentToken
	nameToken
	numberToken
	stringToken
	operatorToken // in signs; and, or, in, not are names
	punctuationToken
	unknownToken
)

// token is a part of the template, from start to end.
type token struct {
	kind       tokenKind
	start, end int
}

// mode is what the lexer is in.
type mode uint8

const (
	inText mode = iota
	inExpression
	inStatement
	inLine
)

// closes are what ends a mode. The dashed one takes the white space behind it too.
var closes = [...]struct{ plain, dashed string }{
	inExpression: {"}}", "-}}"},
	inStatement:  {"%}", "-%}"},
	inLine:       {plain: "\n"},
}

// lexer cuts a template into tokens, one at each call of next.
type lexer struct {
	in       string
	pos      int
	mode     mode
	advanced bool
	// opener is how long the opening is that stands at pos, if one was found there.
	opener  int
	opening mode
	// operand tells that a value came last, so that a dash is an operator and
	// not a number's sign. As in Inja it outlives the expression, and a string
	// does not set it.
	operand bool
}

func (l *lexer) rest() string { return l.in[l.pos:] }

func (l *lexer) next() token {
	switch {
	case l.pos >= len(l.in):
		return token{endToken, len(l.in), len(l.in)}
	case l.opener > 0:
		return l.open()
	case l.mode == inText:
		return l.text()
	default:
		return l.body()
	}
}

// text is the text up to the next opening, or that opening if it is here.
func (l *lexer) text() token {
	start, at := l.pos, l.pos
	for {
		i := strings.IndexAny(l.in[at:], "#{")
		if i < 0 {
			l.pos = len(l.in)
			return token{textToken, start, l.pos}
		}
		at += i
		if l.find(at) {
			break
		}
		at++
	}
	l.pos = at
	end := at
	if strings.HasSuffix(l.in[:at+l.opener], "-") {
		end = start + len(cutBlankLine(l.in[start:at]))
	}
	if end == start {
		return l.open()
	}
	return token{textToken, start, end}
}

// comment is the mode of a comment's opening: the lexer is never in one, since
// a comment is one token.
const comment = inText

// find looks for an opening at an offset.
func (l *lexer) find(at int) bool {
	rest := l.in[at:]
	switch {
	case strings.HasPrefix(rest, "{{"):
		l.opening, l.opener = inExpression, 2
	case strings.HasPrefix(rest, "{%"):
		l.opening, l.opener = inStatement, 2
	case strings.HasPrefix(rest, "{#"):
		l.opening, l.opener = comment, 2
	case strings.HasPrefix(rest, "##") && (at == 0 || l.in[at-1] == '\n'):
		l.opening, l.opener = inLine, 2
		return true
	default:
		return false
	}
	if strings.HasPrefix(rest[2:], "-") || l.opening == inStatement && strings.HasPrefix(rest[2:], "+") {
		l.opener++
	}
	return true
}

// open is the opening at pos.
func (l *lexer) open() token {
	start := l.pos
	l.pos += l.opener
	l.opener, l.mode = 0, l.opening
	if l.mode != comment {
		return token{openToken, start, l.pos}
	}
	end := strings.Index(l.rest(), "#}")
	if end < 0 {
		l.pos = len(l.in)
		return token{openCommentToken, start, l.pos}
	}
	dashed := l.in[l.pos+end-1] == '-'
	l.pos += end + 2
	t := token{commentToken, start, l.pos}
	if dashed {
		l.skip(" \t")
		if strings.HasPrefix(l.rest(), "\r") {
			l.pos++
		}
		if strings.HasPrefix(l.rest(), "\n") {
			l.pos++
		}
	}
	return t
}

func (l *lexer) skip(chars string) {
	l.pos = len(l.in) - len(strings.TrimLeft(l.rest(), chars))
}

// cutBlankLine takes the text's last line away if it is blank.
func cutBlankLine(text string) string {
	cut := strings.TrimRight(text, " \t")
	if cut == "" || strings.HasSuffix(cut, "\n") || strings.HasSuffix(cut, "\r") {
		return cut
	}
	return text
}

// body is the next token inside of braces or of a line statement.
func (l *lexer) body() token {
	l.skip(" \t\r")
	for l.mode != inLine && strings.HasPrefix(l.rest(), "\n") {
		l.skip(" \t\r\n")
	}
	start := l.pos
	if start >= len(l.in) {
		return token{endToken, start, start}
	}
	ends := closes[l.mode]
	if ends.dashed != "" && strings.HasPrefix(l.rest(), ends.dashed) {
		l.pos, l.mode = l.pos+len(ends.dashed), inText
		t := token{closeToken, start, l.pos}
		l.skip(" \t\r\n")
		return t
	}
	if strings.HasPrefix(l.rest(), ends.plain) {
		l.pos, l.mode = l.pos+len(ends.plain), inText
		return token{closeToken, start, l.pos}
	}
	kind := l.scan()
	return token{kind, start, l.pos}
}

// scan moves behind the token at pos.
func (l *lexer) scan() tokenKind {
	c := l.in[l.pos]
	l.pos++
	operand := l.operand
	switch {
	case letter(c), c == '~', c == '_', c == '@', c == '$':
		l.operand = true
		l.while(l.inName)
		return nameToken
	case digit(c):
		l.operand = true
		l.while(l.inNumber)
		return numberToken
	}
	l.operand = false
	switch c {
	case '-':
		if operand {
			return operatorToken
		}
		l.while(l.inNumber)
		return numberToken
	case '"':
		l.string()
		return stringToken
	case '+', '*', '/', '^', '%', '.':
		return operatorToken
	case '>', '<':
		if strings.HasPrefix(l.rest(), "=") {
			l.pos++
		}
		return operatorToken
	case '=', '!':
		if !strings.HasPrefix(l.rest(), "=") {
			return unknownToken
		}
		l.pos++
		return operatorToken
	case ')', ']', '}':
		l.operand = true
		return punctuationToken
	case ',', ':', '(', '[', '{':
		return punctuationToken
	default:
		return unknownToken
	}
}

func (l *lexer) while(in func(c byte) bool) {
	for l.pos < len(l.in) && in(l.in[l.pos]) {
		l.pos++
	}
}

func (l *lexer) inName(c byte) bool {
	return letter(c) || digit(c) || c == '.' || c == '/' || c == '_' || c == '-' || c == '~' && l.advanced
}

// inNumber takes more than numbers: what is none fails as a literal.
func (l *lexer) inNumber(c byte) bool {
	if c == '+' || c == '-' {
		before := l.in[l.pos-1]
		return before == 'e' || before == 'E'
	}
	return digit(c) || c == '.' || c == 'e' || c == 'E'
}

// string moves behind a string's closing quote, or to the end if it has none.
func (l *lexer) string() {
	for l.pos < len(l.in) {
		c := l.in[l.pos]
		l.pos++
		switch c {
		case '\\':
			l.pos = min(l.pos+1, len(l.in))
		case '"':
			return
		}
	}
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func digit(c byte) bool { return '0' <= c && c <= '9' }
