package refs

import (
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
)

// A watch is a moment behind the cluster: what it says of users is asked about once more.
func TestUsersThatAreGoneByNowDoNotCount(t *testing.T) {
	gateway := func(name, metadata, upstream string) gloo.Object {
		o, err := gloo.Decode([]byte(`{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{"name":"` + name + `","namespace":"n"` + metadata + `},"spec":
			{"httpGateway":{"options":{"httpConnectionManagerSettings":{"tracing":{"zipkinConfig":{"collectorUpstreamRef":{"namespace":"n","name":"` + upstream + `"}}}}}}}}`))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	type now struct {
		object gloo.Object
		answer Answer
	}
	uses := now{gateway("", "", "c"), Found}
	for name, c := range map[string]struct {
		a, b now
		want string
		asks int
	}{
		"all is as the watch has it":   {uses, uses, "Gateway n/a, Gateway n/b", 1},
		"the first is gone":            {now{answer: Missing}, uses, "Gateway n/b", 2},
		"the first uses another":       {now{gateway("a", "", "d"), Found}, uses, "Gateway n/b", 2},
		"the first is being deleted":   {now{gateway("a", `,"deletionTimestamp":"2026-01-01T00:00:00Z"`, "c"), Found}, uses, "Gateway n/b", 2},
		"both are gone":                {now{answer: Missing}, now{answer: Missing}, "", 2},
		"the cluster can not be asked": {now{answer: Unknown}, uses, "Gateway n/a, Gateway n/b", 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := FromObjects([]gloo.Object{gateway("a", "", "c"), gateway("b", "", "c")}, true)
			asked := 0
			r.live = true
			r.miss = func(_ gloo.Kind, ref gloo.Ref) (gloo.Object, Answer) {
				asked++
				n := map[string]now{"a": c.a, "b": c.b}[ref.Name]
				return n.object, n.answer
			}
			if got := gloo.Names(r.AllUsersOf(gloo.Ref{Namespace: "n", Name: "c"})); got != c.want || asked != c.asks {
				t.Errorf("got %q after asking %d times, want %q after %d", got, asked, c.want, c.asks)
			}
		})
	}
}
