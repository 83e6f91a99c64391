package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands are all that a user can call, but cobra's own.
func commands() (all []*cobra.Command) {
	var add func(c *cobra.Command)
	add = func(c *cobra.Command) {
		all = append(all, c)
		for _, sub := range c.Commands() {
			add(sub)
		}
	}
	add(rootCommand())
	return all
}

func TestEveryCommandHasHelpWithExamplesOfItself(t *testing.T) {
	for _, c := range commands() {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: its short help is %q: want a sentence without full stop", c.CommandPath(), c.Short)
		}
		if !strings.Contains(c.Example, "glootrace") || !strings.Contains(c.Example, "# ") {
			t.Errorf("%s has no example that says what it is for", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			if words := strings.Fields(line); len(words) > 0 && words[0] == "glootrace" && !strings.HasPrefix(strings.Join(words, " "), c.CommandPath()) {
				t.Errorf("%s has an example of another command: %s", c.CommandPath(), line)
			}
		}
	}
}

// A flag means the same wherever it is, and has the same letter.
func TestFlagsAreConsistent(t *testing.T) {
	type kind struct{ letter, takes string }
	seen := map[string]kind{}
	letters := map[string]string{}
	for _, c := range commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			k := kind{f.Shorthand, f.Value.Type()}
			if before, is := seen[f.Name]; is && before != k {
				t.Errorf("%s --%s is %v, elsewhere %v", c.CommandPath(), f.Name, k, before)
			}
			if name, is := letters[f.Shorthand]; is && f.Shorthand != "" && name != f.Name {
				t.Errorf("%s -%s is --%s, elsewhere --%s", c.CommandPath(), f.Shorthand, f.Name, name)
			}
			seen[f.Name], letters[f.Shorthand] = k, f.Name
			if f.Usage == "" || strings.HasSuffix(f.Usage, ".") {
				t.Errorf("%s --%s: %q: want a phrase without full stop", c.CommandPath(), f.Name, f.Usage)
			}
		})
		if c.Flags().Lookup("kubeconfig") != nil && c.Flags().Lookup("context") == nil {
			t.Errorf("%s has --kubeconfig and no --context", c.CommandPath())
		}
	}
}
