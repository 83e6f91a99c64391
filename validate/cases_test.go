package validate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glootrace/glootrace/internal/testcase"
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
		}
	})
}
