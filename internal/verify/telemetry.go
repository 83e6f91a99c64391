package verify

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// telemetrySnapshot is what a collector counted of spans so far.
type telemetrySnapshot struct {
	err     error
	metrics metrics
}

// metrics are values by metric, without prefix and suffixes, and by the component
// that counted.
type metrics map[string]map[string]int

func lookAtTelemetry(ctx context.Context, a asker, address string) *telemetrySnapshot {
	if u, err := url.Parse(address); err == nil && strings.Trim(u.Path, "/") == "" {
		address = below(address, "/metrics")
	}
	body, err := a.mustGet(ctx, address)
	if err != nil {
		return &telemetrySnapshot{err: err}
	}
	m, err := parseMetrics(body)
	if err != nil {
		err = fmt.Errorf("GET %s: %w", address, err)
	}
	return &telemetrySnapshot{err, m}
}

// lookAtAll adds up what several collectors counted.
func lookAtAll(ctx context.Context, a asker, addresses []string) *telemetrySnapshot {
	all := &telemetrySnapshot{metrics: metrics{}}
	for _, address := range addresses {
		one := lookAtTelemetry(ctx, a, address)
		if one.err != nil {
			return one
		}
		for name, byWhom := range one.metrics {
			if all.metrics[name] == nil {
				all.metrics[name] = map[string]int{}
			}
			for who, n := range byWhom {
				all.metrics[name][who] += n
			}
		}
	}
	return all
}

// parseMetrics reads a collector's telemetry in Prometheus's text format.
func parseMetrics(text []byte) (metrics, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("not a collector's telemetry: %w", err)
	}
	m := metrics{}
	for name, family := range families {
		name, ours := metricName(name)
		if !ours {
			continue
		}
		for _, metric := range family.GetMetric() {
			var component string
			signal := "traces"
			for _, label := range metric.GetLabel() {
				switch label.GetName() {
				case "receiver", "processor", "exporter":
					component = label.GetValue()
				case "otel_signal", "data_type":
					signal = label.GetValue()
				}
			}
			if signal != "traces" {
				continue
			}
			if m[name] == nil {
				m[name] = map[string]int{}
			}
			m[name][component] += int(metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + metric.GetUntyped().GetValue())
		}
	}
	return m, nil
}

// metricName is a collector's metric as its documentation has it: releases and
// configurations differ in unit and _total at the end.
func metricName(s string) (name string, ours bool) {
	name, ours = strings.CutPrefix(s, "otelcol_")
	name = strings.TrimSuffix(name, "_total")
	for _, unit := range []string{"__spans_", "__items_", "__batches_", "__spans", "__items", "__batches"} {
		name = strings.TrimSuffix(name, unit)
	}
	return name, ours
}
