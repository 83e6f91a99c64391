package faults

import (
	"testing"
	"time"

	"github.com/glootrace/glootrace/test/env"
)

func TestAPIServerAwayFor30Seconds(t *testing.T) { t.Parallel(); outage(t, env.APIServer) }

func TestEtcdAwayFor30Seconds(t *testing.T) { t.Parallel(); outage(t, env.Etcd) }

// outage pauses a part of the control plane. A replica goes on answering from what it knows; what it would have to ask
// for counts as unknown, which is no fault of the object's. Afterwards it learns of what happened meanwhile.
func outage(t *testing.T, program string) {
	const lasts = 30 * time.Second
	e := plane(t)
	remove := upstreams(t, e, "known")
	w, c := webhook(t, e, ""), newSender()
	failures := metric(t, w, "rest_client_requests_total", `code="<error>"`)

	resume, err := e.Pause(program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resume() })
	for begun := time.Now(); time.Since(begun) < lasts; time.Sleep(500 * time.Millisecond) {
		if r := ask(t, c, w, "/mutate", proxy); !r.Allowed || len(r.Patch) == 0 {
			t.Fatalf("a proxy's pod gets no agent: %v", r)
		}
		if r := ask(t, c, w, "/validate", gateway("known")); !r.Allowed || warns(r, "GT105") {
			t.Fatalf("what it knew is forgotten: %v", r)
		}
		if r := ask(t, c, w, "/validate", gateway("unknown")); !r.Allowed || !unread(r) {
			t.Fatalf("what can not be asked for counts as missing: %v", r)
		}
		if r := ask(t, c, w, "/validate", hybrid(100)); !r.Allowed || !unread(r) {
			t.Fatalf("many that can not be asked for: %v", r)
		}
		if !isReady(t, w) {
			t.Fatal("it answers, and says that it is not ready")
		}
	}
	if err := resume(); err != nil {
		t.Fatal(err)
	}

	remove("known")
	eventually(t, "word of the deletion", func() bool { return missing(ask(t, c, w, "/validate", gateway("known"))) })
	if got := metric(t, w, "rest_client_requests_total", `code="<error>"`); got == failures {
		t.Error("requests to the API server failed, and are not counted")
	}
	if _, _, err := e.Kubectl(t.Context(), "", "create", "namespace", "after"); err != nil {
		t.Error(err)
	}
}
