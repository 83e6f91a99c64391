package finding_test

import (
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

func reported(n int, path *gloo.Path, details ...string) *finding.Report {
	r := finding.NewReport(gloo.Object{})
	for i := range n {
		r.Add(finding.WrongType, path.Index(i), details...)
	}
	return r
}

func TestOfManyFindingsOfARuleTheLastSaysHowMany(t *testing.T) {
	r := reported(3000, nil, "is", "a number", "want", "a map")
	r.Add(finding.RouteSamplesAll, nil)
	for range 2 { // asked for twice, it says the same
		found := r.Findings()
		if len(found) != 1001 || finding.Count(found) != 3001 || strings.Contains(found[998].Message, "more") || strings.Count(found[999].Message, "(and 2000 more like this in the object)") != 1 {
			t.Fatalf("%d, of which the last is %q", len(found), found[999].Message)
		}
	}
}

func TestOneMoreOrLessOfManyIsNotNew(t *testing.T) {
	for _, before := range []int{2000, 2001, 2002} {
		now, old := reported(2001, nil).Findings(), reported(before, nil).Findings()
		finding.MarkOld(now, old)
		for i, f := range now {
			if !f.Old {
				t.Errorf("before there were %d: number %d is new", before, i)
			}
		}
	}
}

// TestALongTextIsNotInEachFinding: an object could make the square of its size.
func TestALongTextIsNotInEachFinding(t *testing.T) {
	long := strings.Repeat("é", 100_000)
	r := reported(2, (*gloo.Path)(nil).Child(long), "is", long, "want", long)
	r.Add(finding.NotInList, nil, "reason", long, "where", "there", finding.Snippet, long)
	found := r.Findings()
	for _, f := range found[:2] {
		if len(f.String()) > 1500 || len(f.Path.Shape()) > 300 || !strings.Contains(f.String(), "é…") {
			t.Errorf("%d and %d bytes: %.500s", len(f.String()), len(f.Path.Shape()), f)
		}
	}
	if !strings.Contains(found[2].Fix, long) {
		t.Error("what is meant to be copied is not whole")
	}
}
