package finding_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

func TestCatalogueIsSortedAndComplete(t *testing.T) {
	if !slices.IsSortedFunc(finding.Catalogue, func(a, b finding.Rule) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("the catalogue is not sorted by code")
	}
	for _, r := range finding.Catalogue {
		if r.Code == "" || r.What == "" || r.Effect == "" || r.Fix == "" {
			t.Errorf("%s says too little: %+v", r.Code, r)
		}
	}
}

// TestEachRuleIsInTheCatalogue: one that is not has no page, and command line, documentation and Policy do not know it.
func TestEachRuleIsInTheCatalogue(t *testing.T) {
	files, err := filepath.Glob("rules*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, is := n.(*ast.CompositeLit)
			if !is {
				return true
			}
			if kind, is := literal.Type.(*ast.Ident); !is || kind.Name != "Rule" || len(literal.Elts) == 0 {
				return true
			}
			declared++
			code, _ := strconv.Unquote(literal.Elts[0].(*ast.BasicLit).Value)
			what, err := strconv.Unquote(literal.Elts[2].(*ast.BasicLit).Value)
			if err != nil || !slices.ContainsFunc(finding.Catalogue, func(r finding.Rule) bool { return r.Code == code && r.What == what }) {
				t.Errorf("%s: %s, %s, is not in the Catalogue", name, code, what)
			}
			return true
		})
	}
	if declared != len(finding.Catalogue) {
		t.Errorf("%d rules are declared, and %d are in the Catalogue", declared, len(finding.Catalogue))
	}
}

func TestWhatAnObjectHoldsCannotBreakTheLine(t *testing.T) {
	o, err := gloo.Decode([]byte(`{"apiVersion":"v1","kind":"K","metadata":{"name":"n\u001b[31m"}}`))
	if err != nil {
		t.Fatal(err)
	}
	r := finding.NewReport(o)
	r.Add(finding.LiteralDescriptor, (*gloo.Path)(nil).Child("a\nb"), "text", "{{x}}\r\n\u202eERROR\x1b[2J")
	for _, s := range []string{r.Findings()[0].String(), o.String()} {
		if strings.ContainsAny(s, "\n\r\x1b\u202e") {
			t.Errorf("%q holds control characters", s)
		}
	}
}

func TestDetailsStandForPlaceholders(t *testing.T) {
	r := finding.NewReport(gloo.Object{})
	r.Add(finding.RefIgnored, nil, "cluster", "{ref} is literal")
	if got, want := r.Findings()[0].Message, "collectorUpstreamRef beside clusterName: Gloo uses clusterName {ref} is literal and ignores the Upstream"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWhatIsRepeatedCountsAsIfItWereFoundThere(t *testing.T) {
	for _, n := range []int{1, 999, 1000, 1500} {
		apart, repeated, plain := finding.NewReport(gloo.Object{}), finding.NewReport(gloo.Object{}), finding.NewReport(gloo.Object{})
		for range n {
			apart.Add(finding.EmptyTag, nil, "part", "value")
		}
		for i := range 3 {
			at := (*gloo.Path)(nil).Index(i)
			repeated.Repeat(apart.Findings(), at)
			for range n {
				plain.Add(finding.EmptyTag, at, "part", "value")
			}
		}
		got, want := repeated.Findings(), plain.Findings()
		if len(got) != len(want) || finding.Count(got) != 3*n {
			t.Errorf("3 times %d: %d kept of %d, want %d", n, len(got), finding.Count(got), len(want))
		}
		for i := range got {
			if got[i].String() != want[i].String() {
				t.Fatalf("3 times %d: got %s, want %s", n, got[i], want[i])
			}
		}
	}
}

func TestEachRuleHasAPage(t *testing.T) {
	for _, code := range finding.Codes() {
		p := finding.PageOf(code)
		if p.Title == "" || p.Why == "" || p.Language == "" || p.Example == "" || strings.Contains(p.Example, "```") {
			t.Errorf("pages/%s.md: expected a heading, why it matters, and one example in a fence that names its language, got %+v", code, p)
		}
	}
	files, err := os.ReadDir("pages")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if code := strings.TrimSuffix(f.Name(), ".md"); len(finding.Cases(code)) == 0 {
			t.Errorf("pages/%s is about no rule of the catalogue", f.Name())
		}
	}
}
