package faults

import (
	"testing"
)

// TestOutsiderHasLittleDone has somebody who reaches the port send reviews of his own. Nothing is written for them, and
// few objects are read.
func TestOutsiderHasLittleDone(t *testing.T) {
	e := shared(t)
	w, c := webhook(t, e, ""), newSender()
	requests := func(method string) float64 { return metric(t, w, "rest_client_requests_total", `method="`+method+`"`) }
	before, all := requests("GET"), metric(t, w, "rest_client_requests_total")
	const maxReads = 50
	r := ask(t, c, w, "/validate", hybrid(2000))
	if !r.Allowed || !warns(r, "GT105") {
		t.Errorf("it is not answered: %v", r)
	}
	if got := requests("GET") - before; got < 1 || got > maxReads+10 { // watches are GETs too
		t.Errorf("one review had %v objects read", got)
	}
	for _, path := range []string{"/mutate", "/validate"} {
		for _, review := range [][]byte{proxy, gateway("none"), hybrid(10)} {
			ask(t, c, w, path, review)
		}
	}
	if written := metric(t, w, "rest_client_requests_total") - all - (requests("GET") - before); written != 0 {
		t.Errorf("reviews had the API server asked %v times for other things than objects", written)
	}
}
