package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

var ruleOutputs = outputs[[]ruleDescription]{
	{"text", explainRules}, {"markdown", printRulesMarkdown}, {"json", printJSON[[]ruleDescription]}, {"yaml", printYAML[[]ruleDescription]},
}

func listRules(w io.Writer, rules []ruleDescription) error {
	var b strings.Builder
	for _, r := range rules {
		fmt.Fprintf(&b, "%s  %-22s  %s\n", r.Code, r.severities(), r.Title)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func explainRules(w io.Writer, rules []ruleDescription) error {
	var b strings.Builder
	for i, r := range rules {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s: %s\n\n%s\n\n%s", r.Code, r.Title, r.Why, indent(r.Example))
		if len(r.Says) > 0 {
			fmt.Fprintf(&b, "\nglootrace says:\n%s\n", indent(strings.Join(r.Says, "\n")))
		}
		for _, c := range r.Cases {
			fmt.Fprintf(&b, "\n%s: %s\n  what happens: %s\n  fix: %s\n", c.Severity, plain(c.What), plain(c.Effect), plain(c.Fix))
		}
		fmt.Fprintf(&b, "\n%s\n", r.Help)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
}

// printRulesMarkdown prints docs/rules.md.
func printRulesMarkdown(w io.Writer, rules []ruleDescription) error {
	var b strings.Builder
	b.WriteString(`# Rules

What the webhook and ` + "`glootrace lint`" + ` look for. An error is refused at admission; a warning is shown by kubectl; an info is shown
on files only. The Policy's ` + "`validation.rules`" + ` sets a rule to ` + "`deny`, `warn` or `off`" + `, and the annotation
` + "`glootrace.dev/allow: \"GT303 the reason\"`" + ` takes a rule off one object. Words in *italics* stand for what was found.

| Code | Severity | About |
|---|---|---|
`)
	for _, r := range rules {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.Code, strings.ToLower(r.Code), r.severities(), cell(r.Title))
	}
	for _, r := range rules {
		fmt.Fprintf(&b, "\n## %s\n\n**%s**\n\n%s\n\n```%s\n%s```\n", r.Code, r.Title, r.Why, r.Language, r.Example)
		if len(r.Says) > 0 {
			fmt.Fprintf(&b, "\nglootrace says:\n\n```text\n%s\n```\n", strings.Join(r.Says, "\n"))
		}
		b.WriteString("\n| Severity | What is wrong | What happens | Fix |\n|---|---|---|---|\n")
		for _, c := range r.Cases {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.Severity, cell(c.What), cell(c.Effect), cell(c.Fix))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var placeholder = regexp.MustCompile(`\{([a-zA-Z0-9]+)\}`)

// asSaid stands for a text that is made of what was found alone.
const asSaid = "as the message says"

// plain is text with placeholders as usage texts have them: <ref>.
func plain(text string) string {
	if placeholder.FindString(text) == text {
		return asSaid
	}
	return placeholder.ReplaceAllString(text, "<$1>")
}

// cell is text as a table's cell shows it, with placeholders in italics.
func cell(text string) string {
	if placeholder.FindString(text) == text {
		return asSaid
	}
	text = strings.NewReplacer("|", `\|`, "*", `\*`, "<", "&lt;", "_", `\_`).Replace(text)
	return placeholder.ReplaceAllString(text, "*$1*")
}
