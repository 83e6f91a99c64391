package check

import (
	"os"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
)

func TestEffectiveSampling(t *testing.T) {
	src, err := os.ReadFile("testdata/sampling.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f := &facts{}
	for doc := range strings.SplitSeq(string(src), "\n---\n") {
		f.objects = append(f.objects, testcase.Decode(t, doc))
	}
	f.known = refs.FromObjects(f.objects, true)
	report := samplingOf(f.known, f.of(gloo.Gateway), f.of(gloo.MatchableHTTPGateway), f.of(gloo.VirtualService))
	var text strings.Builder
	if err := report.Text(&text); err != nil {
		t.Fatal(err)
	}
	golden(t, "sampling.golden.txt", text.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
