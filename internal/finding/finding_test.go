package finding_test

import (
	"os"
	"slices"
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
