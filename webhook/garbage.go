package webhook

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// leastGarbage is how many bytes of garbage may always be there before they are collected: with less of them a small
	// process would do little else.
	leastGarbage = 12 << 20
	// percentGarbage is how many percent of what is in use may be garbage. It is little, since most of it is what is known
	// of the cluster, which stays as it is: memory is what is short, not time.
	percentGarbage = 40
)

// garbage has Go's collector allow for these, whatever the cluster grows to. The manager runs it in all replicas.
type garbage struct {
	// known tells whether what the cluster holds is read; before that, the percentage counts.
	known func() bool
}

func (garbage) NeedLeaderElection() bool { return false }

// Start goes by what is in use until ctx is done.
func (g garbage) Start(ctx context.Context) error {
	debug.SetGCPercent(percentGarbage)
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for now := percentGarbage; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
		if !g.known() {
			continue
		}
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		if percent := gcPercent(live[0].Value.Uint64()); percent != now { // setting it stops all else for a moment
			debug.SetGCPercent(percent)
			now = percent
		}
	}
}

// gcPercent is Go's GOGC for a heap with so many bytes in use, in steps.
func gcPercent(live uint64) int {
	const step = 20
	return max(percentGarbage, leastGarbage*100/int(max(live, 1<<20))/step*step)
}
