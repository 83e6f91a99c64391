package inja

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

// FuzzParse holds for any text: no panic, positions inside the text, each token
// behind the one before, and a template or a reason.
func FuzzParse(f *testing.F) {
	for _, v := range readVerdicts(f, grammar) {
		f.Add(v.text, v.advanced)
	}
	g := generator{rand.New(rand.NewPCG(3, 4))}
	for range 200 {
		f.Add(g.template(), g.IntN(2) == 0)
	}
	f.Fuzz(func(t *testing.T, text string, advanced bool) {
		tmpl, problems := Parse(text, Options{Advanced: advanced})
		lines := 1
		for _, c := range text {
			if c == '\n' {
				lines++
			}
		}
		inside := func(p Position) {
			if p.Line < 1 || p.Line > lines || p.Column < 1 || p.Column > len(text)+1 {
				t.Errorf("%d:%d is not in %q", p.Line, p.Column, text)
			}
		}
		for _, p := range problems {
			inside(p.Position)
			if p.Message == "" || !utf8.ValidString(p.Message) || p.Kind != Syntax && p.Kind != Function {
				t.Errorf("%q: %+v", text, p)
			}
		}
		for _, v := range tmpl.Variables {
			inside(v.Position)
			if v.Name == "" || len(v.Path) == 0 {
				t.Errorf("%q: %+v", text, v)
			}
		}
		for _, c := range tmpl.Calls {
			inside(c.Position)
			if _, known := functions[c.Function]; !known && len(problems) == 0 {
				t.Errorf("%q: accepted a call of %s", text, c.Function)
			}
		}
		l := lexer{in: text, advanced: advanced}
		for end := 0; ; {
			token := l.next()
			if token.kind == endToken {
				break
			}
			if token.start < end || token.end <= token.start {
				t.Fatalf("%q: a token from %d to %d, behind %d", text, token.start, token.end, end)
			}
			end = token.end
		}
	})
}
