package datapath

import (
	"context"
	"fmt"
	"testing"
	"time"
)

func TestCollectorDeadFor30SecondsLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	const service = "collector-dead"
	p := startPath(t, nil, upstreams, gatewayNamed(service))
	spansOf(t, p.send(t, "/")) // what a collector holds in memory goes with it: let it hold nothing
	if err := p.collector.Kill(); err != nil {
		t.Fatal(err)
	}
	const rate = 50 // a second
	load := func(seconds int) {
		begin := time.Now()
		for i := range seconds * rate {
			<-time.After(time.Until(begin.Add(time.Duration(i) * time.Second / rate)))
			p.send(t, "/")
		}
	}
	load(30)
	if err := p.collector.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	load(2)
	tracesOf(t, service, 1+32*rate, time.Minute)
}

func TestAgentStoppedWhileItHoldsSpansLosesNothing(t *testing.T) {
	t.Parallel()
	const service, batch = "agent-stopped", 20
	p := startPath(t, nil, upstreams, gatewayNamed(service))
	// It holds spans for a second at most: send some until it is caught with some.
	sent, held := 0, 0
	for range 20 {
		for range batch {
			p.send(t, "/")
			sent++
		}
		eventually(t, 10*time.Second, func(ctx context.Context) error {
			taken, err := p.agent.Metric(ctx, "receiver_accepted_spans")
			if taken != sent && err == nil {
				err = fmt.Errorf("the agent has taken %d of %d spans", taken, sent)
			}
			return err
		})
		passed, err := p.agent.Metric(t.Context(), "exporter_sent_spans")
		if err != nil {
			t.Fatal(err)
		}
		if held = sent - passed; held > 0 {
			break
		}
	}
	if held == 0 {
		t.Fatal("the agent was never caught with spans")
	}
	if err := p.agent.Stop(); err != nil {
		t.Fatal(err)
	}
	t.Logf("the agent held %d of %d spans", held, sent)
	tracesOf(t, service, sent, time.Minute)
}
