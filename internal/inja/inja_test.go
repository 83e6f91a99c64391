package inja

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestProblemsSayWhereAndWhatToWrite(t *testing.T) {
	for _, c := range []struct{ template, want string }{
		{`{{ heder("Host") }}`, `1:4 function no function heder; did you mean header?`},
		{`{{ HEADER("Host") }}`, `1:4 function no function HEADER; did you mean header?`},
		{`{{ header("a", "b") }}`, `1:4 function header takes 1 argument, got 2`},
		{`{{ header() }}`, `1:4 function header takes 1 argument, got 0`},
		{`{{ body("a") }}`, `1:4 function body takes no arguments, got 1`},
		{`{{ substring("a") }}`, `1:4 function substring takes 2 or 3 arguments, got 1`},
		{`{{ super(1, 2) }}`, `1:4 function super takes 0 or 1 argument, got 2`},
		{`{{ join("a") }}`, `1:4 function join takes 2 arguments, got 1`},
		{`{{ cluster_metadata() }}`, `1:4 function cluster_metadata takes 1 argument or more, got 0`},
		{`{{ xyzzy(1) }}`, `1:4 function no function xyzzy`},
		{`{{ replace(a, "b", "c") }}`, `1:4 function no function replace; Inja has none to replace text`},
		{`{{ len(a) }}`, `1:4 function no function len; did you mean length?`},
		{"a\n  {{ upper(heder(\"a\"), 1) }}\n{{ trim() }}", "2:12 function no function heder; did you mean header?\n" +
			"2:6 function upper takes 1 argument, got 2\n3:4 function trim takes 1 argument, got 0"},
		{`{{ heder("a") }}{{ b c }}`, "1:4 function no function heder; did you mean header?\n" +
			`1:22 syntax no operator between "b" and "c"`},
		{"{{header(\"Host\")", `1:17 syntax expected "}}", got the end of the template`},
		{`{{ header("a" }}`, `1:15 syntax expected ")", got "}}"`},
		{`{{ 'a' }}`, `1:4 syntax expected "}}", got "'"; strings take double quotes`},
		{`{{ header('a') }}`, `1:11 syntax expected ")", got "'"; strings take double quotes`},
		{`{{ a | lower }}`, `1:6 syntax expected "}}", got "|"; there are no pipes: write lower(x) for x | lower`},
		{`{{ a[0] }}`, `1:5 syntax no operator between "a" and "[0]"; write at(list, 0) or list.0`},
		{`{{ a && b }}`, `1:6 syntax expected "}}", got "&"; write and`},
		{`{% if !a %}{% endif %}`, `1:7 syntax expected "%}", got "!"; write not`},
		{`{% if a = b %}{% endif %}`, `1:9 syntax expected "%}", got "="; write == to compare`},
		{`{% if a %}{% elif b %}{% endif %}`, `1:14 syntax no statement "elif"; write else if`},
		{`{% raw %}`, `1:4 syntax no statement "raw"; Inja has none, Jinja has`},
		{`{% if a %}x`, `1:12 syntax an if has no endif`},
		{"{% for x in a %}\nx", `2:2 syntax a for has no endfor`},
		{`{% endif %}`, `1:4 syntax an endif without an if`},
		{`{% endfor %}`, `1:4 syntax an endfor without a for`},
		{`{# a`, `1:1 syntax the comment has no "#}"`},
		{`{{ 01 }}`, `1:4 syntax "01" is no JSON value: invalid character '1' after top-level value`},
		{`{{ 1e999 }}`, `1:4 syntax "1e999" is no JSON value: a number is too large`},
		{`{{ "\ud800" }}`, `1:4 syntax ""\ud800"" is no JSON value: a string has half of a surrogate pair`},
		{"{{ \"\xff\" }}", `1:4 syntax ""\xff"" is no JSON value: it is not valid UTF-8`},
		{`{{ - 1 }}`, `1:4 syntax "-" is no JSON value: invalid character ' ' in numeric literal; write a sign next to its number, and 0 - x for -x`},
		{`{{ a + }}`, `1:6 syntax a value is missing before or after "+"`},
		{`{{ () }}`, `1:5 syntax nothing in the parentheses`},
		{`{{ ~a }}`, `1:4 syntax "~a" is no name: a "~" has to be followed by 0 or 1`},
		{"## if a", `1:8 syntax expected the end of the line, got the end of the template`},
		{"x\n## header\n", `2:4 syntax no statement "header"`},
		{`{{ ` + strings.Repeat("é", 30) + ` }}`, `1:4 syntax expected "}}", got "é"`},
		{`{{ a ` + strings.Repeat("b", 50) + ` }}`, `1:6 syntax no operator between "a" and "` + strings.Repeat("b", 40) + `…"`},
	} {
		_, problems := Parse(c.template, Options{})
		var got []string
		for _, p := range problems {
			got = append(got, fmt.Sprintf("%d:%d %s %s", p.Line, p.Column, p.Kind, p.Message))
		}
		if text := strings.Join(got, "\n"); text != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.template, text, c.want)
		}
	}
}

func TestTellsWhatATemplateReads(t *testing.T) {
	for _, c := range []struct{ template, want string }{
		{`plain`, ``},
		{`{{ a }}`, `a!`},
		{`{{ a.b }} {{ a/c }}`, `a.b! a/c!`},
		{`{{ default(a, b) }}`, `default() a b`},
		{`{{ default(upper(a), "") }}`, `default() upper() a!`},
		{`{{ a or b }}{{ a and (b + c) }}`, `a! b a! b c`},
		{`{{ not a == b }}`, `a! b!`},
		{`{% if a %}{{ b }}{% else if c %}{{ d }}{% else %}{{ e }}{% endif %}{{ f }}`, `a! b c d e f!`},
		{`{% for x in a %}{{ x }}{{ x.y }}{{ loop.index }}{{ b }}{% endfor %}{{ b }}`, `a! b b!`},
		{`{% for k, v in a %}{{ k }}{{ v }}{% endfor %}{{ k }}`, `a!`},
		{`{{ x }}{% set x = y %}{{ x }}{{ x.z }}`, `x! y!`},
		{`{% if a %}{% for x in b %}{% endif %}{{ c }}{% endfor %}{{ d }}`, `a! b c! d`}, // c lies outside of the if, d in it
		{`{% block b %}{{ a }}{% endblock %}{{ c }}`, `a! c!`},
		{`{% extends "f" %}{{ a }}`, `a`},
		{`{{ context().a }}{{ (b).c }}`, `context() b!`},
		{`{{ body }}{{ context.a }}{{ context }}`, `body() context.a! context()`},
		{`{{ [a }}`, `a!`},
		{`{{ header("Host") + extraction(name) }}`, `header(Host) extraction() name!`},
		{`{{ heder(a) }}`, `heder() a!`},
		{`{{ substring(header(":path"), 0, 5) }}`, `substring() header(:path)`},
	} {
		tmpl, _ := Parse(c.template, Options{})
		type use struct {
			Position
			text string
		}
		var uses []use
		for _, v := range tmpl.Variables {
			text := v.Name
			if v.Needed {
				text += "!"
			}
			uses = append(uses, use{v.Position, text})
		}
		for _, call := range tmpl.Calls {
			text, _ := call.Text(0)
			uses = append(uses, use{call.Position, call.Function + "(" + text + ")"})
		}
		slices.SortFunc(uses, func(a, b use) int { return a.Column - b.Column })
		var got []string
		for _, u := range uses {
			got = append(got, u.text)
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s reads %q, want %q", c.template, text, c.want)
		}
	}
}

func TestTellsWhatOfItsReadingIsPrinted(t *testing.T) {
	for template, want := range map[string]string{
		`{{ a }}{{ header("h") }}`:                           "a header",
		`{{ lower(a + trim(header("h"))) }}`:                 "a header lower trim",
		`{{ a == b }}{{ length(c) }}{{ a and b }}`:           "length",
		`{% if a %}{{ b }}{% endif %}{% set x = c %}{{ x }}`: "b",
		`{{ substring(a, 1) }}{{ substring(b, 0, 5) }}`:      "a substring substring",
		`{{ default(a, b) }}`:                                "a b default",
	} {
		tmpl, _ := Parse(template, Options{})
		var got []string
		for _, v := range tmpl.Variables {
			if v.Printed {
				got = append(got, v.Name)
			}
		}
		for _, call := range tmpl.Calls {
			if call.Printed {
				got = append(got, call.Function)
			}
		}
		slices.Sort(got)
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s prints %q, want %q", template, text, want)
		}
	}
}

func TestPathsOfVariables(t *testing.T) {
	for _, c := range []struct {
		template string
		advanced bool
		want     []string
	}{
		{`{{ a.b/c }}`, false, []string{"a", "b", "c"}},
		{`{{ a.b/c }}`, true, []string{"a.b", "c"}},
		{`{{ a~1b/c~0d }}`, true, []string{"a/b", "c~d"}},
	} {
		tmpl, _ := Parse(c.template, Options{Advanced: c.advanced})
		if len(tmpl.Variables) != 1 || !slices.Equal(tmpl.Variables[0].Path, c.want) {
			t.Errorf("%s (advanced: %v): %+v, want the path %q", c.template, c.advanced, tmpl.Variables, c.want)
		}
	}
}

func TestConstantText(t *testing.T) {
	for template, want := range map[string]string{
		"":                                 "",
		"my-host":                          "my-host",
		"a {# c #} b":                      "a  b",
		"a\n  {#- c -#}  \n b":             "a\n b",
		`a  {{- "b\n" -}}  c{{ 1 }}`:       "a  b\nc1",
		`{{ "" }}{{ null }}`:               "",
		`{{ ("a") }}{{ true }}`:            "atrue",
		"\ufeffa":                          "a",
		`{{ a }}`:                          "computed",
		`{{ "a" + "b" }}`:                  "computed",
		`{{}}`:                             "computed",
		`{% if true %}a{% endif %}`:        "computed",
		`{{ header("Host") }}{{ "text" }}`: "computed",
	} {
		tmpl, problems := Parse(template, Options{})
		text, ok := tmpl.Constant()
		if !ok {
			text = "computed"
		}
		if text != want || problems != nil {
			t.Errorf("%q: got %q, want %q (%v)", template, text, want, problems)
		}
	}
}

func TestExpressionsWithoutAValue(t *testing.T) {
	for template, want := range map[string]string{
		`{{}}`:                               "[{1 1}]",
		"a\n{{ [1, 2 }}":                     "[{2 1}]",
		`{{ {"a": {"b": 1}} }}`:              "[{1 1}]",
		`{% if %}{% endif %}`:                "[{1 1}]",
		`{% if a %}{{}}{% endif %}`:          "[]",
		`{% set a = %}`:                      "[{1 12}]",
		`{% for x in %}{% endfor %}{{ "" }}`: "[{1 13}]",
	} {
		tmpl, problems := Parse(template, Options{})
		if got := fmt.Sprint(tmpl.Empty); got != want || problems != nil {
			t.Errorf("%s: got %s, want %s (%v)", template, got, want, problems)
		}
	}
}

func TestWhatRulesAsk(t *testing.T) {
	tmpl, _ := Parse(`{{ header("Host") }}{{ request_header(x) }}{{ header(":Path") }}{{ extraction("e") }}{% include "f" %}`, Options{})
	if e := tmpl.Extractions(); len(e) != 1 || e[0].Column != 68 {
		t.Errorf("extractions: %+v", e)
	}
	if !slices.Equal(tmpl.Files, []string{"f"}) || tmpl.UsesBody() {
		t.Errorf("files: %q, body: %v", tmpl.Files, tmpl.UsesBody())
	}
	if tmpl, _ := Parse(`{{ upper(body) }}`, Options{}); !tmpl.UsesBody() {
		t.Error("a bare body is not noticed")
	}
}

// Were any of these worse than linear, this would not end in a bearable time.
func TestLargeAndDeepTemplates(t *testing.T) {
	const size = 1 << 17
	Parse(strings.Repeat("{{", 1<<19), Options{})
	for _, part := range []string{
		"{{", "}}", "{%", "{#", "#", "##", "\n##", "{{}}", "{{a}}", "{# #}", "(", "{{(", "[", "{", "{{[", `"`, `{{"`, "a", "é",
		"{{ header(", "header(", "{{ nope() }}", "{% if a %}", "{% for a in b %}", "{% if a %}{% else if b %}", "{% block a %}",
		"{{ a + ", "not ", "a^", "{{ a ", "{{ 1", "{{-", "-}}", "\n", "{{ a\n}}", "{{ [1] }}", "{% set a = b %}{{ a }}", "default(a,",
	} {
		for _, open := range []string{"", "{{ ", "{% if "} {
			Parse(open+strings.Repeat(part, size/len(part)), Options{})
		}
	}
	deep := strings.Repeat("(", maxNesting-1) + "a" + strings.Repeat(")", maxNesting-1)
	if _, problems := Parse("{{ "+deep+" }}", Options{}); problems != nil {
		t.Error(problems)
	}
	if _, problems := Parse("{{ ("+deep+") }}", Options{}); len(problems) != 1 || !strings.Contains(problems[0].Message, "nested too deeply") {
		t.Error(problems)
	}
	ifs := strings.Repeat("{% if a %}", size/20) + strings.Repeat("{% endif %}", size/20)
	if tmpl, problems := Parse(ifs, Options{}); problems != nil || len(tmpl.Variables) != size/20 {
		t.Error(len(tmpl.Variables), problems)
	}
}

func TestProblemsEnd(t *testing.T) {
	if _, problems := Parse(strings.Repeat("{{ nope() }}", 1000), Options{}); len(problems) != maxProblems {
		t.Errorf("%d problems", len(problems))
	}
}
