package inja

import (
	"encoding/json"
	"slices"
	"strings"
)

// look is a variable or call that an expression comes to.
type look struct {
	node    int
	needed  bool
	printed bool
}

// handsOn are the functions whose value has as many values as their first
// argument's; substring with a length has not.
var handsOn = []string{
	"base64_decode", "base64_encode", "base64url_decode", "base64url_encode", "default", "lower", "raw_string", "trim", "upper",
}

// handsOn tells whether as many values come out of the node as of its arguments.
func (n node) handsOn() bool {
	switch n.kind {
	case callNode:
		return slices.Contains(handsOn, n.text) || n.text == "substring" && len(n.arguments) == 2
	case operationNode:
		return n.text == "+"
	default:
		return false
	}
}

// look notes what an expression reads. Like the renderer it comes to the right
// of and and or, and to what default() stands in with, only sometimes.
func (p *parser) look(value int, printed bool) {
	first := len(p.looks)
	stack := []look{{value, p.always, printed}}
	for len(stack) > 0 {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		n := &p.nodes[l.node]
		switch {
		case n.kind == variableNode && p.isBound(n.text):
			continue
		case n.kind == variableNode || n.kind == callNode:
			p.looks = append(p.looks, l)
		}
		for i, a := range n.arguments {
			argument := look{a, l.needed, l.printed && n.handsOn()}
			switch {
			case n.kind == operationNode && n.text == "." && i == 1 && p.nodes[a].kind == variableNode:
				continue // a field's name
			case i == 1 && (n.text == "and" || n.text == "or") && n.kind == operationNode:
				argument.needed = false
			case n.kind == callNode && n.text == "default" && (i == 1 || p.nodes[a].kind == variableNode):
				argument.needed = false
			}
			stack = append(stack, argument)
		}
	}
	slices.SortFunc(p.looks[first:], func(a, b look) int { return p.nodes[a.node].start - p.nodes[b.node].start })
}

// bind notes that a variable is defined from here on. Where that is so in some
// branch only, the template gets the benefit of the doubt.
func (p *parser) bind(name string) { p.bound[p.path(name)[0]] = true }

func (p *parser) isBound(name string) bool { return name == "loop" || p.bound[p.path(name)[0]] }

// path takes a variable's name apart.
func (p *parser) path(name string) []string {
	if !p.lexer.advanced {
		name = strings.ReplaceAll(name, ".", "/")
	}
	parts := strings.Split(strings.TrimPrefix(name, "/"), "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
	}
	return parts
}

// result is what has been read.
func (p *parser) result() Template {
	t := Template{Files: p.files, constant: p.constant}
	if p.constant {
		t.text = string(p.constantText)
	}
	for _, at := range p.empty {
		t.Empty = append(t.Empty, p.position(at))
	}
	for _, l := range p.looks {
		n := p.nodes[l.node]
		at := p.position(n.start)
		if n.kind == variableNode && !slices.Contains(bare, n.text) {
			t.Variables = append(t.Variables, Variable{at, n.text, p.path(n.text), l.needed, l.printed})
			continue
		}
		call := Call{Position: at, Function: n.text, Printed: l.printed}
		for _, a := range n.arguments {
			call.arguments = append(call.arguments, p.argument(a))
		}
		t.Calls = append(t.Calls, call)
	}
	return t
}

func (p *parser) argument(value int) argument {
	n := p.nodes[value]
	if n.kind != literalNode || n.text[0] != '"' {
		return argument{}
	}
	return argument{text: printed(n.text), literal: true}
}

// printed is a literal as rendering prints it; numbers are as they are written.
func printed(literal string) string {
	if literal == "null" {
		return ""
	}
	if literal[0] != '"' {
		return literal
	}
	var text string
	if err := json.Unmarshal([]byte(literal), &text); err != nil {
		return literal // not to be had: the literal has been checked
	}
	return text
}
