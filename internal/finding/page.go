package finding

import (
	"embed"
	"strings"
)

// Page is what there is to say about a rule beyond its cases.
type Page struct {
	// Code is the rule's.
	Code string
	// Title names the rule in a few words.
	Title string
	// Why is what it is about and why it matters, in Markdown.
	Why string
	// Example is what the rule finds fault with: documents if Language is
	// "yaml", otherwise what a person sees or does.
	Example, Language string
}

// pages hold a page for each code: its title as a heading, why it matters, and
// an example in a fence.
//
//go:embed pages/*.md
var pages embed.FS

// PageOf is the page of the rule with a code; it has no title if there is none.
func PageOf(code string) Page {
	src, err := pages.ReadFile("pages/" + code + ".md")
	if err != nil {
		return Page{Code: code}
	}
	text, fenced, _ := strings.Cut(string(src), "\n```")
	title, why, _ := strings.Cut(strings.TrimPrefix(text, "# "), "\n")
	language, example, _ := strings.Cut(fenced, "\n")
	return Page{
		Code: code, Title: title, Why: strings.TrimSpace(why),
		Language: language, Example: strings.TrimSuffix(example, "```\n"),
	}
}

// Help is the address of the rule's section in the documentation.
func (p Page) Help() string {
	return "https://github.com/glootrace/glootrace/blob/main/docs/rules.md#" + strings.ToLower(p.Code)
}

// Codes are the codes of the catalogue, sorted, each once.
func Codes() []string {
	var codes []string
	for _, r := range Catalogue {
		if len(codes) == 0 || codes[len(codes)-1] != r.Code {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

// Worst is the highest severity that a case of the rule with a code has.
func Worst(code string) Severity {
	worst := Info
	for _, r := range Cases(code) {
		worst = max(worst, r.Severity)
	}
	return worst
}
