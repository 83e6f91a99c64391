package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"mvdan.cc/sh/v3/syntax"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/markdown"
	"github.com/glootrace/glootrace/internal/policy"
)

// elsewhere are the beginnings of commands that pages show and that are not run here, and who runs them, or why nobody does.
var elsewhere = map[string]string{
	"glootrace check":  "test/check, test/e2e",
	"glootrace verify": "test/e2e",
	"kubectl -n gloo-system patch deployment gateway-proxy": "test/check", // the way back that backfill prints
	"kubectl -n gloo-system patch secret glootrace-certs":   "test/chart",
	"glootrace backfill":        "test/check, test/e2e",
	"glootrace inject -R":       "TestDiffsArePatches",
	"git apply":                 "TestDiffsArePatches",
	"glootrace lint --complete": "test/check",
	"glootrace lint -f -":       "test/chart",
	"curl -fLO":                 "takes a release that is published",
	"sha256sum":                 ".ci/image/release",
	"mkdir":                     ".ci/image/release",
	"tar":                       ".ci/image/release",
	"install":                   ".ci/image/release",
	"ln -s":                     "test/check",
	"command -v":                "test/check",
	"kubectl krew install":      "krew's own; .ci/image/release looks at the manifest",
	"helm install":              "test/chart, test/e2e",
	"helm upgrade":              "test/chart, test/e2e",
	"helm template":             "test/chart applies what it renders",
	"helm test":                 "test/e2e",
	"helm uninstall":            "test/chart, test/e2e",
	"kubectl api-resources":     "test/check",
	"kubectl apply":             "test/chart, test/integration",
	"kubectl delete":            "test/chart",
	"kubectl get":               "test/check, test/integration, and flags of kubectl's own",
	"kubectl port-forward":      "kubectl's own; glootrace forwards in test/e2e",
	"paste -sd,":                "joins lines",
	"go test":                   "the tests themselves",
}

// TestCommandsInPages holds each command of a shell block to what there is: it parses, its program and flags exist, and
// it is run, here or elsewhere.
func TestCommandsInPages(t *testing.T) {
	t.Chdir("../..")
	used := map[string]bool{}
	for _, p := range pagesOf(t, ".") {
		for _, b := range p.Blocks {
			if b.Language != "sh" {
				continue
			}
			for _, words := range simpleCommands(t, p.Name, b) {
				if err := known(t, words, used); err != nil {
					t.Errorf("%s:%d: %s: %v", p.Name, b.Line, strings.Join(words, " "), err)
				}
			}
		}
		for _, span := range p.Spans {
			words := strings.Fields(span)
			if len(words) < 2 || !slices.Contains([]string{"glootrace", "bin/glootrace", "make"}, words[0]) && !strings.HasPrefix(span, "kubectl glootrace ") {
				continue
			}
			if err := exists(t, words); err != nil {
				t.Errorf("%s: `%s`: %v", p.Name, span, err)
			}
		}
	}
	for prefix := range elsewhere {
		if !used[prefix] {
			t.Errorf("no page shows %s: it need not be listed here", prefix)
		}
	}
}

func pagesOf(t *testing.T, root string) []markdown.Page {
	t.Helper()
	pages, err := markdown.Pages(root)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// simpleCommands are the words of all commands of a block, those of pipelines and substitutions too.
func simpleCommands(t *testing.T, page string, b markdown.Block) (all [][]string) {
	t.Helper()
	file, err := syntax.NewParser().Parse(strings.NewReader(b.Text), page)
	if err != nil {
		t.Errorf("block at line %d: %v", b.Line, err)
		return nil
	}
	if out, err := exec.Command("bash", "-n", "-c", b.Text).CombinedOutput(); err != nil {
		t.Errorf("%s:%d: bash: %s", page, b.Line, out)
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		if call, is := n.(*syntax.CallExpr); is && len(call.Args) > 0 {
			var words []string
			for _, w := range call.Args {
				var text strings.Builder
				if err := syntax.NewPrinter().Print(&text, w); err != nil {
					t.Fatal(err)
				}
				words = append(words, strings.Trim(text.String(), `'"`))
			}
			all = append(all, words)
		}
		return true
	})
	return all
}

func isGlootrace(word string) bool { return word == "glootrace" || word == "bin/glootrace" }

// known says why a command is not known to work.
func known(t *testing.T, words []string, used map[string]bool) error {
	t.Helper()
	if words[0] == "cd" {
		return nil
	}
	if err := exists(t, words); err != nil {
		return err
	}
	if isGlootrace(words[0]) && runs(t, words[1:]) {
		_, stderr, code := glootrace(t, "", words[1:]...)
		if code != 0 {
			return fmt.Errorf("exit code %d: %s", code, stderr)
		}
		return nil
	}
	line := strings.TrimPrefix(strings.Join(words, " "), "bin/") + " "
	found := words[0] == "make"
	for prefix := range elsewhere {
		if strings.HasPrefix(line, prefix+" ") {
			used[prefix], found = true, true
		}
	}
	if !found {
		return errors.New("nobody runs it: have its files here, or say in this test who does")
	}
	return nil
}

// exists fails unless a program of ours has such a command with such flags.
func exists(t *testing.T, words []string) error {
	t.Helper()
	if len(words) > 1 && words[0] == "kubectl" && words[1] == "glootrace" {
		words = words[1:]
	}
	switch {
	case words[0] == "make":
		makefile, err := os.ReadFile("Makefile")
		if err != nil {
			return err
		}
		if target := words[1]; !regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(target)+`:`).Match(makefile) && !strings.Contains(target, "=") {
			return fmt.Errorf("there is no target %s", target)
		}
	case isGlootrace(words[0]):
		_, _, err := parseCommand(words[1:])
		return err
	}
	return nil
}

// parseCommand finds the command of arguments and its flags, as cobra does before it runs one.
func parseCommand(args []string) (*cobra.Command, []string, error) {
	root := rootCommand()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	c, rest, err := root.Find(args)
	if err != nil {
		return nil, nil, err
	}
	if c == root && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		return nil, nil, fmt.Errorf("there is no command %s", rest[0])
	}
	c.InitDefaultHelpFlag()
	if err := c.ParseFlags(rest); err != nil && !errors.Is(err, pflag.ErrHelp) {
		return nil, nil, err
	}
	if len(c.Flags().Args()) == 0 { // a mention of the command
		return c, nil, nil
	}
	return c, c.Flags().Args(), c.ValidateArgs(c.Flags().Args())
}

// runs tells whether a command can be run here: it needs no cluster, and the files that it names are there.
func runs(t *testing.T, args []string) bool {
	t.Helper()
	c, _, err := parseCommand(args)
	if err != nil || !slices.Contains([]string{"lint", "inject", "uninject", "rules", "version"}, c.Name()) {
		return false
	}
	if live := c.Flags().Lookup("cluster"); live != nil && live.Changed {
		return false
	}
	if f := c.Flags().Lookup("filename"); f != nil {
		for _, name := range f.Value.(pflag.SliceValue).GetSlice() {
			if _, err := os.Stat(name); err != nil {
				return false
			}
		}
	}
	return true
}

// TestTranscriptsInPages runs what a block shows after a dollar, if it needs no cluster, and holds the rest of the block
// to what is printed. The others are held to it by the tests that make their clusters.
func TestTranscriptsInPages(t *testing.T) {
	t.Chdir("../..")
	n := 0
	for _, p := range pagesOf(t, ".") {
		for _, b := range p.Blocks {
			line, shown, _ := strings.Cut(b.Text, "\n")
			line, is := strings.CutPrefix(line, "$ ")
			words := strings.Fields(line)
			if !is || !isGlootrace(words[0]) {
				continue
			}
			if err := exists(t, words); err != nil {
				t.Errorf("%s:%d: %v", p.Name, b.Line, err)
			}
			if !runs(t, words[1:]) {
				continue
			}
			n++
			if printed, _, _ := glootrace(t, "", words[1:]...); printed != shown {
				t.Errorf("%s:%d: %s prints\n%s", p.Name, b.Line, line, printed)
			}
		}
	}
	if n == 0 {
		t.Error("no page shows what lint or inject print")
	}
}

// TestYAMLInPages holds objects to the rules, Policies to their fields, and has each other block say what it is of.
// Values of the chart are rendered in test/chart.
func TestYAMLInPages(t *testing.T) {
	for _, p := range pagesOf(t, "../..") {
		if p.Name == "docs/rules.md" { // its examples are wrong on purpose, and tested so
			continue
		}
		for _, b := range p.Blocks {
			if b.Language != "yaml" {
				continue
			}
			if err := holds(t, b.Text); err != nil {
				t.Errorf("%s:%d: %v", p.Name, b.Line, err)
			}
		}
	}
}

func holds(t *testing.T, text string) error {
	t.Helper()
	var first map[string]any
	if err := yaml.Unmarshal([]byte(strings.Split(text, "\n---\n")[0]), &first); err != nil {
		return err
	}
	switch {
	case first["kind"] == "Policy":
		_, err := policy.Parse("policy.yaml", []byte(text))
		return err
	case first["kind"] != nil:
		file, errs := document.Parse("block", []byte(text))
		if len(errs) > 0 || len(file.Objects()) == 0 {
			return fmt.Errorf("no objects: %w", errors.Join(errs...))
		}
		if out, stderr, code := glootrace(t, text, "lint", "-f", "-"); code != 0 {
			return fmt.Errorf("lint says:\n%s%s", out, stderr)
		}
	case strings.HasPrefix(text, "# "):
	default:
		_, err := policy.Parse("policy.yaml", []byte("apiVersion: glootrace.dev/v1alpha1\nkind: Policy\n"+text))
		return err
	}
	return nil
}
