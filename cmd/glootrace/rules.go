package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

func rulesCommand() *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "rules [CODE]...",
		Short: "List the rules, or explain some",
		Example: `  # All rules, a line each
  glootrace rules

  # What is one about, and what is to be done?
  glootrace rules GT103`,
		ValidArgsFunction: completeCodes,
		RunE: func(c *cobra.Command, codes []string) error {
			print, err := ruleOutputs.named(output, c.Name())
			if err != nil {
				return err
			}
			whole := len(codes) == 0
			if whole {
				codes = finding.Codes()
			}
			rules, err := describeRules(codes)
			if err != nil {
				return err
			}
			if whole && output == "text" {
				print = listRules
			}
			return print(c.OutOrStdout(), rules)
		},
	}
	ruleOutputs.addFlag(c, &output)
	return c
}

// completeCodes completes codes in the case in which they were begun: a shell takes nothing else.
func completeCodes(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	var codes []string
	for _, code := range finding.Codes() {
		if rest, is := strings.CutPrefix(code, strings.ToUpper(begun)); is {
			codes = append(codes, begun+rest+"\t"+finding.PageOf(code).Title)
		}
	}
	return codes, cobra.ShellCompDirectiveNoFileComp
}

// ruleDescription is all that there is to say about a rule. Its JSON is an
// interface that programs rely on.
type ruleDescription struct {
	Code string `json:"code"`
	// Severity is the highest that a case of the rule has.
	Severity finding.Severity `json:"severity"`
	Title    string           `json:"title"`
	Help     string           `json:"help"`
	Why      string           `json:"why"`
	Example  string           `json:"example"`
	// Language is what the example is written in, as Markdown's fences name it.
	Language string `json:"language"`
	// Says is what lint says of the example, if that is documents.
	Says  []string   `json:"says,omitempty"`
	Cases []ruleCase `json:"cases"`
}

// severities are those of the cases, the highest first: "error or warning".
func (r ruleDescription) severities() string {
	var has []string
	for s := finding.Error; s >= finding.Info; s-- {
		if slices.ContainsFunc(r.Cases, func(c ruleCase) bool { return c.Severity == s }) {
			has = append(has, s.String())
		}
	}
	return inWords(has)
}

// ruleCase is a case of a rule; words in braces stand for what was found.
type ruleCase struct {
	Severity finding.Severity `json:"severity"`
	What     string           `json:"what"`
	Effect   string           `json:"effect"`
	Fix      string           `json:"fix"`
}

func describeRules(codes []string) ([]ruleDescription, error) {
	var rules []ruleDescription
	for _, code := range codes {
		code = strings.ToUpper(code)
		cases := finding.Cases(code)
		if len(cases) == 0 {
			return nil, fmt.Errorf("there is no rule %s; glootrace rules lists them", code)
		}
		page := finding.PageOf(code)
		rule := ruleDescription{
			Code: code, Severity: finding.Worst(code), Title: page.Title, Help: page.Help(),
			Why: page.Why, Example: page.Example, Language: page.Language,
		}
		for _, c := range cases {
			rule.Cases = append(rule.Cases, ruleCase{c.Severity, c.What, c.Effect, c.Fix})
		}
		for _, f := range lintExample(page) {
			rule.Says = append(rule.Says, fmt.Sprintf("%s: %s %s", f.Object, f.Severity, f))
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// lintExample is what the rule of a page finds in its example, taken as the
// whole configuration; nothing if the example is not documents.
func lintExample(p finding.Page) (found []finding.Finding) {
	if p.Language != "yaml" {
		return nil
	}
	file, _ := document.Parse(p.Code, []byte(p.Example)) // a test holds that each example is good YAML
	var objects []gloo.Object
	for _, source := range file.Objects() {
		if o, err := gloo.Decode(source.JSON()); err == nil {
			objects = append(objects, o)
		}
	}
	known := refs.FromObjects(objects, true)
	for _, o := range objects {
		for _, f := range findings(o, policy.Default(), known, known) {
			if f.Code == p.Code {
				found = append(found, f)
			}
		}
	}
	return found
}
