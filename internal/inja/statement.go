package inja

// statement reads a statement, up to what closes it.
func (p *parser) statement(m mode) {
	p.constant = false
	start := p.token.start
	p.advance()
	if p.token.kind != nameToken {
		p.unexpected("a statement")
		return
	}
	word := p.text(p.token)
	wordAt := p.token.start
	p.advance()
	valued := false
	switch word {
	case "if":
		p.openIf(false, start)
		valued = true
	case "else":
		valued = p.readElse(wordAt)
	case "endif":
		p.closeIf(wordAt)
	case "for":
		p.openFor()
		valued = true
	case "endfor":
		p.always = p.pop(&p.fors, wordAt, "endfor", "for")
	case "block":
		p.openBlock()
	case "endblock":
		p.always = p.pop(&p.within, wordAt, "endblock", "block")
	case "include", "extends":
		p.readFile(word)
	case "set":
		p.readSet()
		valued = true
	default:
		p.fail(wordAt, "no statement "+quote(word)+hintStatement(word))
	}
	if p.failed || p.token.kind == closeToken {
		return
	}
	// A line statement may end with the template, but not behind a value.
	if m == inLine && p.token.kind == endToken && !valued {
		return
	}
	if m == inLine {
		p.unexpected("the end of the line")
	} else {
		p.unexpected(`"%}"`)
	}
}

// value reads the expression of a statement that began at start.
func (p *parser) value(start int) {
	value := p.expression()
	if !p.failed {
		p.use(value, start, false)
	}
}

func (p *parser) openIf(chained bool, start int) {
	p.value(start)
	p.ifs = append(p.ifs, ifState{chained: chained, around: p.always})
	p.always = false
}

// readElse reads what follows an else; it tells whether that was an if.
func (p *parser) readElse(at int) (chained bool) {
	if len(p.ifs) == 0 {
		p.fail(at, "an else without an if")
		return false
	}
	p.always = false
	if !p.isName("if") {
		return false
	}
	p.advance()
	p.openIf(true, at)
	return true
}

func (p *parser) closeIf(at int) {
	if len(p.ifs) == 0 {
		p.fail(at, "an endif without an if")
		return
	}
	last := len(p.ifs) - 1
	for p.ifs[last].chained {
		last--
	}
	p.always = p.ifs[last].around
	p.ifs = p.ifs[:last]
}

func (p *parser) openFor() {
	names := []string{p.name("a variable's name")}
	if p.is(",") {
		p.advance()
		names = append(names, p.name("a variable's name"))
	}
	if p.failed {
		return
	}
	if !p.isName("in") {
		p.unexpected(`"in"`)
		return
	}
	p.advance()
	p.value(p.token.start)
	p.fors = append(p.fors, p.always)
	p.always = false
	for _, n := range append(names, "loop") {
		p.bind(n)
	}
}

// pop ends the innermost of a kind of statement, and returns what always was around it.
func (p *parser) pop(open *[]bool, at int, word, opening string) bool {
	last := len(*open) - 1
	if last < 0 {
		p.fail(at, "an "+word+" without a "+opening)
		return false
	}
	around := (*open)[last]
	*open = (*open)[:last]
	return around
}

func (p *parser) openBlock() {
	at := p.token.start
	name := p.name("the block's name")
	if p.failed {
		return
	}
	if p.blocks[name] {
		p.fail(at, "a second block "+quote(name))
		return
	}
	p.blocks[name] = true
	p.within = append(p.within, p.always)
}

func (p *parser) readFile(word string) {
	if p.token.kind != stringToken || p.token.end-p.token.start < 2 {
		p.unexpected("a file's name in double quotes")
		return
	}
	p.files = append(p.files, p.lexer.in[p.token.start+1:p.token.end-1])
	if word == "extends" {
		p.always = false // what follows is not printed
	}
	p.advance()
}

func (p *parser) readSet() {
	name := p.name("a variable's name")
	if p.failed {
		return
	}
	if p.token.kind != unknownToken || p.text(p.token) != "=" {
		p.unexpected(`"="`)
		return
	}
	p.advance()
	p.value(p.token.start)
	p.bind(name)
}

// name reads a name; what says what it is, for the message if there is none.
func (p *parser) name(what string) string {
	if p.failed {
		return ""
	}
	if p.token.kind != nameToken {
		p.unexpected(what)
		return ""
	}
	name := p.text(p.token)
	p.advance()
	return name
}
