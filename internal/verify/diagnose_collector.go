package verify

import (
	"fmt"
	"strings"
)

// throughAgent ends the walk if the spans were lost in the agent or next to it.
func (w *walk) throughAgent() *Verdict {
	t := w.Agent
	if t != nil && t.Err == nil && t.Accepted+t.Refused == 0 && w.Collector.took() {
		w.seen = append(w.seen, "the agent took no spans, and the collector did")
		return nil
	}
	return w.through(agent, t, func(v *Verdict) *Verdict {
		c := w.Collector
		switch {
		case c == nil && w.NoCollector.Cause != "":
			return v.because("the collector is down: "+w.NoCollector.Cause, w.NoCollector.Fix+"; what the agent still has in its queue will follow")
		case c == nil:
			return v
		case c.Err != nil:
			v.Evidence = append(v.Evidence, "the collector does not tell: "+c.Err.Error())
			return v.because("the collector is down, or cannot be reached", "start the collector; what the agent still has in its queue will follow")
		case c.Refused > 0:
			v.Evidence = append(v.Evidence, fmt.Sprintf("the collector refused %s", count(c.Refused, "span")))
			return v.because(refusal(collector, *c))
		case c.Accepted > 0:
			return v
		default:
			v.Evidence = append(v.Evidence, "the collector took none")
			return v.because("the agent does not reach this collector",
				"the agent's log has the error; its endpoint must be the collector's OTLP/gRPC port, 4317, and no NetworkPolicy between them")
		}
	})
}

// throughCollector ends the walk if the spans were lost in the collector or next
// to it.
func (w *walk) throughCollector() *Verdict {
	return w.through(collector, w.Collector, func(v *Verdict) *Verdict {
		return v.because("the collector does not reach its Zipkin, or is refused there",
			"the collector's log has the error; its exporter's endpoint should be the URL of Zipkin with /api/v2/spans")
	})
}

// through follows the spans into an OpenTelemetry Collector and out of it. What
// keeps its exporters from sending is the caller's to say.
func (w *walk) through(hop string, t *Telemetry, stuck func(*Verdict) *Verdict) *Verdict {
	switch {
	case t == nil:
		return nil
	case t.Err != nil:
		w.seen = append(w.seen, hop+" does not tell: "+t.Err.Error())
		return nil
	case t.Refused > 0:
		return w.lost(hop, fmt.Sprintf("%s refused %s and took %d", hop, count(t.Refused, "span"), t.Accepted)).because(refusal(hop, *t))
	case t.Accepted == 0:
		v := w.lost(hop, hop+" took no spans")
		if w.last == gateway || w.Envoy != nil && w.last == w.Envoy.Node {
			return v
		}
		return v.because(w.last+" leads to something else than this one, or to another replica of it",
			"compare the endpoint with the address of "+hop+"; of several replicas, ask each")
	}
	w.arrived(hop, hop, fmt.Sprintf("%s took %s", hop, count(t.Accepted, "span")))
	next := zipkinHop
	if hop == agent {
		next = collector
	}
	for _, name := range keys(t.Exporters) {
		if trouble := t.Exporters[name].trouble(); trouble != "" {
			return stuck(w.lost(next, "exporter "+name+" of "+hop+": "+trouble))
		}
	}
	var held []string
	for _, name := range keys(t.Held) {
		held = append(held, fmt.Sprintf("processor %s kept %s", name, count(t.Held[name], "span")))
	}
	w.seen = append(w.seen, held...)
	if t.sent() > 0 {
		w.seen = append(w.seen, fmt.Sprintf("%s sent %d on", hop, t.sent()))
		return nil
	}
	v := w.lost("", hop+" sent none on, and none wait in its queues")
	if len(held) > 0 {
		return v.because("the configuration of "+hop+" drops or holds spans: processor "+strings.Join(keys(t.Held), ", "), "see the conditions of that processor")
	}
	return v.because("a processor of "+hop+" holds or drops spans: batch until its timeout, tail_sampling until its decision_wait",
		"a --timeout longer than they wait")
}

// took tells whether spans are known to have come.
func (t *Telemetry) took() bool { return t != nil && t.Accepted > 0 }

// refusal is why a collector refuses spans.
func refusal(hop string, t Telemetry) (cause, fix string) {
	if t.Limited > 0 {
		return "the memory limiter of " + hop + " refuses spans", "more memory for " + hop + ", or less that waits in its queue"
	}
	return hop + " refuses spans: its pipeline does not take them", "the log of " + hop + " has the error; a full queue is one"
}

// trouble is what keeps an exporter from sending; empty if nothing does. A queue
// is none while it moves.
func (e Exporter) trouble() string {
	var said []string
	if e.Overflow > 0 {
		said = append(said, fmt.Sprintf("%s did not fit into its queue", count(e.Overflow, "span")))
	}
	if e.Failed > 0 {
		said = append(said, fmt.Sprintf("%s given up", count(e.Failed, "span")))
	}
	if e.Queue > 0 && (e.Sent == 0 || len(said) > 0) {
		said = append(said, fmt.Sprintf("%d waiting", e.Queue))
	}
	if len(said) == 0 {
		return ""
	}
	return strings.Join(append(said, fmt.Sprintf("%d sent", e.Sent)), ", ")
}
