package inja

// parser reads a template. It keeps what Inja keeps: whether a token is
// accepted depends on nothing else.
type parser struct {
	lexer  lexer
	token  token
	peeked *token

	nodes        []node
	literalStart int

	ifs    []ifState
	fors   []bool // always of the blocks around
	within []bool // the same of block statements
	blocks map[string]bool

	// always tells that what is read now is part of each rendering.
	always bool
	// bound are the variables that for and set have defined so far, by the
	// first part of their path.
	bound map[string]bool
	looks []look
	empty []int
	files []string

	constant     bool
	constantText []byte

	problems []Problem
	lines    lines
	failed   bool
}

// ifState is an if or else if that is open.
type ifState struct {
	chained bool // an else if: ended by the endif of the if before it
	around  bool // always of the block around
}

func (p *parser) text(t token) string { return p.lexer.in[t.start:t.end] }

// is tells whether the token is that punctuation mark.
func (p *parser) is(mark string) bool {
	return p.token.kind == punctuationToken && p.text(p.token) == mark
}

// isName tells whether the token is that word.
func (p *parser) isName(word string) bool {
	return p.token.kind == nameToken && p.text(p.token) == word
}

func (p *parser) advance() {
	if p.peeked != nil {
		p.token, p.peeked = *p.peeked, nil
		return
	}
	p.token = p.lexer.next()
}

func (p *parser) peek() token {
	if p.peeked == nil {
		t := p.lexer.next()
		p.peeked = &t
	}
	return *p.peeked
}

// template reads the whole template.
func (p *parser) template() {
	for !p.failed {
		p.advance()
		switch p.token.kind {
		case endToken:
			switch {
			case len(p.ifs) > 0:
				p.fail(p.token.start, "an if has no endif")
			case len(p.fors) > 0:
				p.fail(p.token.start, "a for has no endfor")
			}
			return
		case textToken:
			p.constantText = append(p.constantText, p.text(p.token)...)
		case openCommentToken:
			p.fail(p.token.start, `the comment has no "#}"`)
		case openToken:
			if p.lexer.mode == inExpression {
				p.output()
			} else {
				p.statement(p.lexer.mode)
			}
		}
	}
}

// output reads an expression that is printed.
func (p *parser) output() {
	start := p.token.start
	p.advance()
	value := p.expression()
	if p.failed {
		return
	}
	if p.token.kind != closeToken {
		p.unexpected(`"}}"`)
		return
	}
	p.use(value, start, true)
	p.print(value)
}

// print adds an expression to the template's constant text, if it is constant.
func (p *parser) print(value int) {
	if value == noNode || p.nodes[value].kind != literalNode {
		p.constant = false
		return
	}
	p.constantText = append(p.constantText, printed(p.nodes[value].text)...)
}

// use notes what an expression reads, that began at start and may be printed.
func (p *parser) use(value, start int, printed bool) {
	if value != noNode {
		p.look(value, printed)
	} else if p.always {
		p.empty = append(p.empty, start)
	}
}
