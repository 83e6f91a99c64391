package faults

import (
	"fmt"
	"testing"
	"time"
)

// TestNothingIsMissedWhileWatchesAreCut has objects deleted while connections are cut over and over. A replica that
// missed it would take them for being there: it asks live only for what it does not know.
func TestNothingIsMissedWhileWatchesAreCut(t *testing.T) {
	e := shared(t)
	var names []string
	for i := range 20 {
		names = append(names, fmt.Sprintf("cut-%d", i))
	}
	remove := upstreams(t, e, append(names, "stays")...)
	k := newCable(t, e)
	w, c := webhook(t, e, "", "--kubeconfig", k.kubeconfig), newSender()
	before := metric(t, w, "rest_client_requests_total")
	for _, name := range names {
		k.cut()
		remove(name)
	}
	for _, name := range names {
		eventually(t, "word of the deletion of "+name, func() bool { return missing(ask(t, c, w, "/validate", gateway(name))) })
	}
	if r := ask(t, c, w, "/validate", gateway("stays")); warns(r, "GT105") {
		t.Errorf("what is there is taken for missing: %v", r.Warnings)
	}
	if !isReady(t, w) {
		t.Error("it is not ready")
	}
	if after := metric(t, w, "rest_client_requests_total"); after <= before {
		t.Errorf("watches began again, and are not counted: %v requests before, %v after", before, after)
	}
}

// TestStaleForAMinute has the connections to the API server go silent, as when a load balancer forgets them: nothing
// says that they are dead. Reviews are answered all the time, and the replica finds out by itself.
func TestStaleForAMinute(t *testing.T) {
	t.Parallel()
	e := shared(t)
	remove := upstreams(t, e, "stale")
	k := newCable(t, e)
	w, c := webhook(t, e, "", "--kubeconfig", k.kubeconfig), newSender()
	k.abandon(t)
	remove("stale")
	if r := ask(t, c, w, "/validate", gateway("stale")); !r.Allowed || warns(r, "GT105") {
		t.Errorf("it can not know, and says %v", r)
	}
	begun := time.Now()
	eventually(t, "word of what happened", func() bool {
		if r := ask(t, c, w, "/mutate", proxy); !r.Allowed || len(r.Patch) == 0 {
			t.Fatalf("a proxy's pod gets no agent: %v", r)
		}
		if !isReady(t, w) {
			t.Fatal("it answers, and says that it is not ready")
		}
		return missing(ask(t, c, w, "/validate", gateway("stale")))
	})
	t.Logf("it knew after %v", time.Since(begun))
}
