package main

import (
	"path/filepath"
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

func TestErrorsSayWhatToDo(t *testing.T) {
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	for args, want := range map[string]string{
		"lnt":                              `error: unknown command "lnt" for "glootrace"; did you mean lint?`,
		"vet":                              `error: unknown command "vet" for "glootrace"; glootrace --help shows what it takes`,
		"check samplin":                    `error: unknown command "samplin" for "glootrace check"; did you mean sampling?`,
		"help lnt":                         `error: unknown command "lnt" for "glootrace"; did you mean lint?`,
		"help check samplin":               `error: unknown command "samplin" for "glootrace check"; did you mean sampling?`,
		"completion bsh":                   `error: unknown command "bsh" for "glootrace completion"; did you mean bash?`,
		"lint -f x --polcy p.yaml":         "error: unknown flag: --polcy; did you mean --policy?",
		"inject -f x --cluster":            "error: unknown flag: --cluster; glootrace inject --help shows what it takes",
		"check -x":                         "error: unknown shorthand flag: 'x' in -x; glootrace check --help shows what it takes",
		"lint":                             "error: nothing to read: glootrace lint -f FILE, or -f - for standard input",
		"check --wait 0":                   `error: invalid argument "0" for "--wait" flag: it has to be above 0`,
		"check -w 2m":                      "error: unknown shorthand flag: 'w' in -w; glootrace check --help shows what it takes",
		"verify --timeout -1s":             `error: invalid argument "-1s" for "--timeout" flag: it has to be above 0`,
		"verify --watch 30":                `error: invalid argument "30" for "--watch" flag: want a time such as 30s or 2m`,
		"verify --path x":                  `error: --path "x": it must begin with /`,
		"backfill --timeout 0s":            `error: invalid argument "0s" for "--timeout" flag: it has to be above 0`,
		"webhook --audit-interval -5m":     `error: invalid argument "-5m" for "--audit-interval" flag: it has to be above 0`,
		"inject -f x --policy=":            `error: invalid argument "" for "--policy" flag: want a Policy file; without the flag the default holds`,
		"lint -f x --filename=":            "error: nothing to read: glootrace lint -f FILE, or -f - for standard input",
		"uninject -o yaml":                 "error: nothing to read: glootrace uninject -f FILE, or -f - for standard input",
		"inject gateway.yaml":              "error: glootrace inject takes no arguments; to read a file: glootrace inject -f gateway.yaml",
		"verify shop":                      "error: glootrace verify takes no argument shop; glootrace verify --help shows what it takes",
		"rules -o toml":                    "error: -o toml: rules prints text, markdown, json or yaml",
		"rules GT9":                        "error: there is no rule GT9; glootrace rules lists them",
		"check --kubeconfig testdata/none": "error: --kubeconfig: stat testdata/none: no such file or directory",
		"lint --cluster --kubeconfig testdata/none -f x":                   "error: --kubeconfig: stat testdata/none: no such file or directory",
		"lint --cluster -f x":                                              "error: no cluster: there is no kubeconfig with a current context; name one with --kubeconfig or KUBECONFIG, or a context with --context",
		"lint -f ../../charts/glootrace/templates/upstreams.yaml -o json ": "error: ../../charts/glootrace/templates/upstreams.yaml:1: a template of Helm's, no YAML: what it renders can be read: helm template CHART | glootrace lint -f -",
	} {
		if _, stderr, code := glootrace(t, "", strings.Fields(args)...); stderr != want+"\n" || code != exitFailed {
			t.Errorf("%s: exit code %d: %q", args, code, stderr)
		}
	}
}

func TestHelpIsNoMistake(t *testing.T) {
	for _, args := range []string{"", "help", "help lint", "help check sampling", "help completion zsh", "completion", "completion zsh", "lint --help"} {
		if out, stderr, code := glootrace(t, "", strings.Fields(args)...); code != 0 || stderr != "" || out == "" {
			t.Errorf("%s: exit code %d: %q", args, code, stderr)
		}
	}
}

func TestRulesAreExplainedInPlainWords(t *testing.T) {
	out, _, code := glootrace(t, "", "rules", "GT002", "GT003", "GT103", "GT105")
	if code != 0 || placeholder.MatchString(out[strings.LastIndex(out, "glootrace says"):]) {
		t.Errorf("exit code %d, and placeholders:\n%s", code, out)
	}
	for _, want := range []string{"fix: as the message says\n", "fix: collectorUpstreamRef: <ref>\n", "warning: <field> is no field of Gloo's API\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("rules does not say %q:\n%s", want, out)
		}
	}
	list, _, _ := glootrace(t, "", "rules")
	for _, want := range []string{"GT105  error, warning or info ", "GT106  error or warning ", "GT101  warning ", "GT110  info "} {
		if !strings.Contains(list, want) {
			t.Errorf("rules does not list %q:\n%s", want, list)
		}
	}
}
