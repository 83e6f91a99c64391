package verify

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// snapshot is what everybody who was named said at one time.
type snapshot struct {
	envoy            *envoySnapshot
	agent, collector *telemetrySnapshot
}

// look asks everybody who was named. Who does not answer is evidence too.
func look(ctx context.Context, o Options) (s snapshot) {
	a := o.asker()
	if o.EnvoyAdmin != "" {
		s.envoy = lookAtEnvoy(ctx, a, o.EnvoyAdmin)
	}
	if o.AgentMetrics != "" {
		s.agent = lookAtTelemetry(ctx, a, o.AgentMetrics)
	}
	if len(o.CollectorMetrics) > 0 {
		s.collector = lookAtAll(ctx, a, o.CollectorMetrics)
	}
	return s
}

// compare is what happened between two looks.
func compare(before, after snapshot) (e Evidence) {
	if after.envoy != nil {
		e.Envoy = compareEnvoys(before.envoy, after.envoy)
	}
	if after.agent != nil {
		e.Agent = compareTelemetry(before.agent, after.agent)
	}
	if after.collector != nil {
		e.Collector = compareTelemetry(before.collector, after.collector)
	}
	return e
}

func compareEnvoys(before, after *envoySnapshot) *Envoy {
	if after.err != nil {
		return &Envoy{Err: after.err}
	}
	if before.err != nil {
		return &Envoy{Err: before.err}
	}
	e := after.config.envoy()
	for name, value := range after.stats {
		n := rose(before.stats[name], value)
		switch {
		case name == "tracing.opentelemetry.spans_sent":
			e.Spans += n
		case strings.HasPrefix(name, "http.admin."):
		case strings.HasPrefix(name, "http.") && strings.HasSuffix(name, ".downstream_rq_total"):
			e.Requests += n
		case strings.HasSuffix(name, ".not_traceable"), strings.HasSuffix(name, ".health_check"): // not traced
		case strings.HasPrefix(name, "http."):
			e.Sampled += n
		}
	}
	for name, c := range e.Clusters {
		prefix := "cluster." + statName(name) + "."
		c.Counters = Counters{}
		for stat, value := range after.stats {
			if counter, ok := strings.CutPrefix(stat, prefix); ok {
				c.Counters[counter] = rose(before.stats[stat], value)
			}
		}
		c.Active = after.stats[prefix+"upstream_rq_active"]
		e.Clusters[name] = c
	}
	return e
}

func compareTelemetry(before, after *telemetrySnapshot) *Telemetry {
	if after.err != nil {
		return &Telemetry{Err: after.err}
	}
	if before.err != nil {
		return &Telemetry{Err: before.err}
	}
	rise := func(metric string) map[string]int {
		byWhom := map[string]int{}
		for who, value := range after.metrics[metric] {
			byWhom[who] = rose(before.metrics[metric][who], value)
		}
		return byWhom
	}
	sum := func(byWhom map[string]int) (n int) {
		for _, v := range byWhom {
			n += v
		}
		return n
	}
	t := &Telemetry{
		Accepted:  sum(rise("receiver_accepted_spans")),
		Refused:   sum(rise("receiver_refused_spans")),
		Limited:   sum(rise("processor_refused_spans")),
		Held:      map[string]int{},
		Exporters: map[string]Exporter{},
	}
	out := rise("processor_outgoing_items") // has no entry for a processor that let nothing through yet
	for processor, in := range rise("processor_incoming_items") {
		if held := in - out[processor]; held > 0 {
			t.Held[processor] = held
		}
	}
	sent, failed, overflow := rise("exporter_sent_spans"), rise("exporter_send_failed_spans"), rise("exporter_enqueue_failed_spans")
	queue := after.metrics["exporter_queue_size"]
	names := slices.Concat(keys(sent), keys(failed), keys(overflow), keys(queue))
	for _, name := range names {
		t.Exporters[name] = Exporter{sent[name], failed[name], overflow[name], queue[name]}
	}
	return t
}

// rose is by how much a counter rose; a process that was started anew counts from 0.
func rose(before, after int) int {
	if after < before {
		return after
	}
	return after - before
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
