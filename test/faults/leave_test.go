package faults

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

var errElsewhere = errors.New("another replica is chosen")

// TestSIGTERMUnderLoadLosesNoReview ends a replica while clients send reviews as fast as they can, who choose
// another one for the next connection. What they send on those that they have is answered.
func TestSIGTERMUnderLoadLosesNoReview(t *testing.T) {
	w := webhook(t, shared(t), "")
	var answered atomic.Int64
	var all sync.WaitGroup
	var told atomic.Bool
	for range 16 {
		c := newSender()
		c.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if told.Load() {
				return nil, errElsewhere
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		all.Go(func() {
			for {
				a, err := send(c, w, "/mutate?timeout=3s", proxy)
				if errors.Is(err, errElsewhere) {
					return
				}
				if err != nil || a.code != http.StatusOK || len(a.response.Patch) == 0 {
					t.Errorf("lost: %v, %d %s", err, a.code, a.text)
					return
				}
				answered.Add(1)
			}
		})
	}
	eventually(t, "some load", func() bool { return answered.Load() > 200 })
	before := answered.Load()
	told.Store(true)
	if err := w.Stop(); err != nil {
		t.Error(err)
	}
	all.Wait()
	if answered.Load() == before {
		t.Error("it answered nobody any more")
	}
	t.Logf("%d answered, %d of them after SIGTERM", answered.Load(), answered.Load()-before)
}
