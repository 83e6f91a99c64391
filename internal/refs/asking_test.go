package refs

import (
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
)

func TestAReviewHasFewObjectsAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		answers Answer
		want    int
	}{"answered": {Missing, 3}, "not answered": {Unknown, 1}} {
		asked := 0
		r := Reader{miss: func(gloo.Kind, gloo.Ref) (gloo.Object, Answer) { asked++; return gloo.Object{}, c.answers }}.AskingAtMost(3)
		for i := range 10 {
			_, answer := r.Upstream(gloo.Ref{Namespace: "n", Name: "u"})
			if want := c.answers; i >= c.want && answer != Unknown || i < c.want && answer != want {
				t.Errorf("%s: question %d: %v", name, i, answer)
			}
		}
		if asked != c.want {
			t.Errorf("%s: asked %d times, want %d", name, asked, c.want)
		}
	}
}
