package inja

// nodeKind is what a node of an expression is.
type nodeKind uint8

const (
	literalNode nodeKind = iota
	variableNode
	callNode
	operationNode
)

// node is a value of an expression. Nodes lie in parser.nodes and are named by
// their index, none by noNode.
type node struct {
	kind nodeKind
	// text is a variable's or function's name, a literal's JSON, an operation's sign.
	text      string
	start     int
	arguments []int
}

const noNode = -1

// operators are how strongly each one binds and how many values it takes. All
// but ^ take the values to the left first; and and or bind alike.
var operators = map[string]struct{ binds, takes int }{
	"and": {1, 2}, "or": {1, 2},
	"in": {2, 2}, "==": {2, 2}, "!=": {2, 2}, ">": {2, 2}, ">=": {2, 2}, "<": {2, 2}, "<=": {2, 2},
	"+": {3, 2}, "-": {3, 2},
	"*": {4, 2}, "/": {4, 2}, "%": {4, 2}, "not": {4, 1},
	"^": {5, 2},
	".": {8, 2},
}

// maxNesting is how deep parentheses and calls may nest. Inja itself has no
// limit but its stack, which ends Envoy somewhere above this.
const maxNesting = 10_000

// frame is an expression that is being read. An expression in parentheses or
// among a function's arguments gets a frame of its own on a stack: however
// deeply they nest, the parser itself does not.
type frame struct {
	values  []int
	waiting []int // operations without their values yet
	// squares and braces are the brackets that are open. Up to the last one
	// that closes, all is one JSON literal; names and operators in it count all
	// the same, so a bracket that never closes leaves what stood in it.
	squares, braces int
	// call is the function whose argument this is; with it noNode, these are
	// parentheses or the whole expression.
	call int
}

// expression reads an expression up to the first token that can not be part of
// it, and returns its value: noNode if it has none or the parser failed.
func (p *parser) expression() int {
	stack := []frame{{call: noNode}}
	for {
		f := &stack[len(stack)-1]
		if p.token.kind != endToken {
			if opened, ok := p.opens(); ok {
				if len(stack) == maxNesting {
					p.fail(p.token.start, "nested too deeply: Envoy would run out of stack")
					return noNode
				}
				stack = append(stack, frame{call: opened})
				continue
			}
			if p.item(f) {
				p.advance()
				continue
			}
		}
		if p.failed {
			return noNode
		}
		value := p.finish(f)
		if p.failed || len(stack) == 1 {
			return value
		}
		ended := f.call
		if ended != noNode && value != noNode {
			p.nodes[ended].arguments = append(p.nodes[ended].arguments, value)
			if p.is(",") {
				p.advance()
				*f = frame{call: ended}
				continue
			}
		}
		if !p.is(")") {
			p.unexpected(`")"`)
			return noNode
		}
		if ended != noNode {
			value = ended
			call := p.nodes[ended]
			if wrong := checkCall(call.text, len(call.arguments)); wrong != "" {
				p.report(call.start, Function, wrong)
			}
		}
		if value == noNode {
			p.fail(p.token.start, "nothing in the parentheses")
			return noNode
		}
		p.advance()
		stack = stack[:len(stack)-1]
		f = &stack[len(stack)-1]
		f.values = append(f.values, value)
	}
}

// opens reads the beginning of a call or of parentheses, if one is here.
func (p *parser) opens() (call int, ok bool) {
	if p.is("(") {
		p.advance()
		return noNode, true
	}
	if p.token.kind != nameToken {
		return noNode, false
	}
	name := p.text(p.token)
	if _, operator := operators[name]; operator || isConstant(name) || p.peek().kind != punctuationToken || p.text(p.peek()) != "(" {
		return noNode, false
	}
	call = p.add(callNode, p.token)
	p.advance()
	p.advance()
	return call, true
}

func isConstant(name string) bool { return name == "true" || name == "false" || name == "null" }

// item takes the token into the frame; it returns false if the token ends the
// expression or is an error.
func (p *parser) item(f *frame) bool {
	text := p.text(p.token)
	inside := f.squares > 0 || f.braces > 0
	switch p.token.kind {
	case stringToken, numberToken:
		if !inside {
			p.literalStart = p.token.start
			return p.literal(f)
		}
	case nameToken:
		switch _, operator := operators[text]; {
		case operator:
			return p.operation(f, text)
		case isConstant(text):
			if !inside {
				p.literalStart = p.token.start
				return p.literal(f)
			}
		default:
			return p.variable(f)
		}
	case operatorToken:
		return p.operation(f, text)
	case punctuationToken:
		return p.punctuation(f, text, inside)
	default:
		return false
	}
	return true
}

func (p *parser) punctuation(f *frame, text string, inside bool) bool {
	open := &f.squares
	if text == "{" || text == "}" {
		open = &f.braces
	}
	switch text {
	case "[", "{":
		if !inside {
			p.literalStart = p.token.start
		}
		*open++
		return true
	case "]", "}":
		if *open == 0 {
			p.fail(p.token.start, "unexpected "+quote(text))
			return false
		}
		*open--
		if f.squares == 0 && f.braces == 0 {
			return p.literal(f)
		}
		return true
	case ",":
		return inside
	case ":":
		if !inside {
			p.fail(p.token.start, `unexpected ":"`)
		}
		return inside
	default: // a closing parenthesis; opening ones never get here
		return false
	}
}

// literal takes what lies between literalStart and the token's end as JSON.
func (p *parser) literal(f *frame) bool {
	text := p.lexer.in[p.literalStart:p.token.end]
	if err := checkLiteral(text); err != nil {
		p.fail(p.literalStart, quote(text)+" is no JSON value: "+err.Error()+hintLiteral(text))
		return false
	}
	f.values = append(f.values, p.add(literalNode, token{start: p.literalStart, end: p.token.end}))
	return true
}

// variable takes a name. As part of a JSON pointer a ~ stands before 0 or 1.
func (p *parser) variable(f *frame) bool {
	name := p.text(p.token)
	for i := range len(name) {
		if name[i] == '~' && (i+1 == len(name) || name[i+1] != '0' && name[i+1] != '1') {
			p.fail(p.token.start, quote(name)+` is no name: a "~" has to be followed by 0 or 1`)
			return false
		}
	}
	f.values = append(f.values, p.add(variableNode, p.token))
	return true
}

func (p *parser) operation(f *frame, sign string) bool {
	next := operators[sign]
	for len(f.waiting) > 0 {
		top := operators[p.nodes[f.waiting[len(f.waiting)-1]].text]
		if top.binds < next.binds || top.binds == next.binds && sign == "^" {
			break
		}
		if !p.apply(f) {
			return false
		}
	}
	f.waiting = append(f.waiting, p.add(operationNode, p.token))
	return true
}

// apply gives the last waiting operation its values.
func (p *parser) apply(f *frame) bool {
	last := len(f.waiting) - 1
	operation := f.waiting[last]
	f.waiting = f.waiting[:last]
	o := &p.nodes[operation]
	first := len(f.values) - operators[o.text].takes
	if first < 0 {
		p.fail(o.start, "a value is missing before or after "+quote(o.text))
		return false
	}
	o.arguments = append(o.arguments, f.values[first:]...)
	f.values = append(f.values[:first], operation)
	return true
}

// finish is the value of a frame whose last token has been read.
func (p *parser) finish(f *frame) int {
	for len(f.waiting) > 0 {
		if !p.apply(f) {
			return noNode
		}
	}
	switch len(f.values) {
	case 0:
		return noNode
	case 1:
		return f.values[0]
	default:
		second := p.nodes[f.values[1]]
		p.fail(second.start, "no operator between "+quote(p.nodes[f.values[0]].text)+" and "+quote(second.text)+hintValues(second))
		return noNode
	}
}

// add adds a node whose text is a token's.
func (p *parser) add(kind nodeKind, t token) int {
	p.nodes = append(p.nodes, node{kind: kind, text: p.text(t), start: t.start})
	return len(p.nodes) - 1
}
