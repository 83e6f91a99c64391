package verify

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// The statuses of a span.
const (
	Unset  = "unset"
	Failed = "error"
)

// Span is one span of the trace, with name and service as Zipkin has them: in
// lower case.
type Span struct {
	ID        string `json:"id"`
	ParentID  string `json:"parentId,omitempty"`
	Name      string `json:"name"`
	Service   string `json:"service"`
	Kind      string `json:"kind"`
	Status    string `json:"status"`
	Timestamp int64  `json:"timestampUs"` // since 1970
	Duration  Millis `json:"durationMs"`
	Depth     int    `json:"depth"` // 0 for spans whose parent is not in the trace
}

// Millis is a duration that JSON has in milliseconds.
type Millis time.Duration

// MarshalJSON writes milliseconds, to the microsecond.
func (m Millis) MarshalJSON() ([]byte, error) {
	return json.Marshal(float64(time.Duration(m).Microseconds()) / 1000)
}

// arrange puts spans into the order of a tree, each after its parent, siblings by
// time, and sets their depths. Every span comes exactly once, whatever its parent.
func arrange(spans []Span) []Span {
	sorted := slices.Clone(spans)
	slices.SortStableFunc(sorted, func(a, b Span) int { return cmp.Compare(a.Timestamp, b.Timestamp) })
	children := map[string][]int{}
	ids := map[string]bool{}
	for i, s := range sorted {
		children[s.ParentID] = append(children[s.ParentID], i)
		ids[s.ID] = true
	}
	done := make([]bool, len(sorted))
	tree := make([]Span, 0, len(sorted))
	var add func(i, depth int)
	add = func(i, depth int) {
		if done[i] {
			return
		}
		done[i] = true
		s := sorted[i]
		s.Depth = depth
		tree = append(tree, s)
		for _, child := range children[s.ID] {
			add(child, depth+1)
		}
	}
	for i, s := range sorted {
		if !ids[s.ParentID] {
			add(i, 0)
		}
	}
	for i := range sorted { // what is left are parents of each other
		add(i, 0)
	}
	return tree
}
