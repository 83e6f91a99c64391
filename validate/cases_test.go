package validate_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
	"github.com/glootrace/glootrace/validate"
)

func TestFindsWhatTheCasesSay(t *testing.T) {
	testcase.Run(t, "../testdata", func(t *testing.T, c testcase.Case) {
		known := c.Known(c.Inputs())
		for _, o := range c.Objects {
			got := testcase.Findings(validate.Object(o.Object, nil, c.Policy, known))
			if diff := cmp.Diff(o.Want, got); diff != "" {
				t.Errorf("%s: findings (-want +got):\n%s", o, diff)
			}
			if o.Deleted != nil {
				if diff := cmp.Diff(o.Deleted, testcase.Findings(validate.Deletion(o.Object, c.Policy, known))); diff != "" {
					t.Errorf("%s: findings of its deletion (-want +got):\n%s", o, diff)
				}
			}
			if o.Was != nil {
				if diff := cmp.Diff(o.Updated, testcase.Findings(validate.Object(o.Object, o.Was, c.Policy, known))); diff != "" {
					t.Errorf("%s: findings of its update (-want +got):\n%s", o, diff)
				}
			}
		}
	})
}

func TestNothingIsInTheCatalogueThatNoCaseShows(t *testing.T) {
	unseen := map[finding.Rule]*regexp.Regexp{}
	word := regexp.MustCompile(`\\\{[a-z]+\\\}`)
	for _, r := range finding.Catalogue {
		unseen[r] = regexp.MustCompile("^" + word.ReplaceAllString(regexp.QuoteMeta(r.What+": "+r.Effect), "(?s:.*)") + "$")
	}
	delete(unseen, finding.AdditionHides) // needs a record: TestAnOptionObjectThatAnAdditionHides
	delete(unseen, finding.TooMuchKnown)  // needs 2 MiB of other objects: TestAReviewThatTakesTooMuchPasses, in webhook
	delete(unseen, finding.NotRecorded)   // needs annotations of 256 KiB: TestWhatCanNotBeRecordedIsNotAdded, in mutate
	testcase.Run(t, "../testdata", func(_ *testing.T, c testcase.Case) {
		known := c.Known(c.Inputs())
		for _, o := range c.Objects {
			found := validate.Object(o.Object, o.Was, c.Policy, known)
			found = append(found, validate.Deletion(o.Object, c.Policy, known)...)
			found = append(found, mutate.Object(o.Object, c.Policy, known).Notes...)
			found = append(found, validate.Object(o.Object, nil, c.Policy, refs.Reader{})...) // a cluster that does not answer
			for _, f := range found {
				for r, says := range unseen {
					if r.Code == f.Code && says.MatchString(f.Message) {
						delete(unseen, r)
					}
				}
			}
		}
	})
	for r := range unseen {
		t.Errorf("no case shows %s: %s: %s", r.Code, r.What, r.Effect)
	}
}
