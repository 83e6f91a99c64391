package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/glootrace/glootrace/internal/finding"
)

func rulesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rules [CODE]...",
		Short: "List the rules, or explain some",
		Example: `  glootrace rules
  glootrace rules GT103`,
		ValidArgsFunction: func(_ *cobra.Command, _ []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			var codes []string
			for _, r := range finding.Catalogue {
				if strings.HasPrefix(r.Code, toComplete) {
					codes = append(codes, r.Code+"\t"+r.What)
				}
			}
			return codes, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, codes []string) error {
			if len(codes) == 0 {
				listRules(c.OutOrStdout())
				return nil
			}
			for _, code := range codes {
				cases := finding.Cases(strings.ToUpper(code))
				if len(cases) == 0 {
					return fmt.Errorf("there is no rule %s; glootrace rules lists them", code)
				}
				explainRule(c.OutOrStdout(), cases)
			}
			return nil
		},
	}
}

func listRules(w io.Writer) {
	for _, r := range finding.Catalogue {
		fmt.Fprintf(w, "%s  %-7s  %s\n", r.Code, r.Severity, r.What)
	}
}

func explainRule(w io.Writer, cases []finding.Rule) {
	fmt.Fprintln(w, cases[0].Code)
	for _, r := range cases {
		fmt.Fprintf(w, "\n  %s: %s\n  what happens: %s\n  fix: %s\n", r.Severity, r.What, r.Effect, r.Fix)
	}
}
