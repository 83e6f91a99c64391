package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// envoySnapshot is how an Envoy is configured, and what it counted so far.
type envoySnapshot struct {
	err    error
	config configDump
	stats  map[string]int
}

func lookAtEnvoy(ctx context.Context, a asker, admin string) *envoySnapshot {
	s := new(envoySnapshot)
	address := below(admin, "/config_dump")
	body, err := a.mustGet(ctx, address)
	if err == nil {
		s.config, err = parseConfigDump(body)
	}
	if err != nil {
		s.err = fmt.Errorf("configuration: %w", err)
		return s
	}
	body, err = a.mustGet(ctx, below(admin, "/stats?format=json&filter="+url.QueryEscape(s.config.statsFilter())))
	if err == nil {
		s.stats, err = parseStats(body)
	}
	if err != nil {
		s.err = fmt.Errorf("statistics: %w", err)
	}
	return s
}

// statsFilter selects the few of an Envoy's thousands of statistics that tell
// about tracing.
func (d configDump) statsFilter() string {
	names := []string{`tracing\.opentelemetry\.`, `http\..*\.tracing\.`, `http\..*\.downstream_rq_total$`}
	for _, name := range keys(d.envoy().Clusters) {
		names = append(names, regexp.QuoteMeta("cluster."+statName(name)+"."))
	}
	return "^(" + strings.Join(names, "|") + ")"
}

// statName is how Envoy writes a cluster's name in its statistics.
func statName(cluster string) string {
	return strings.NewReplacer("://", "_", ":/", "_", ":", "_").Replace(cluster)
}

func parseStats(body []byte) (map[string]int, error) {
	var sent struct {
		Stats []struct {
			Name  string           `json:"name"`
			Value *json.RawMessage `json:"value"` // histograms have none, text readouts have text
		} `json:"stats"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		return nil, fmt.Errorf("/stats: %w", err)
	}
	stats := map[string]int{}
	for _, s := range sent.Stats {
		var n int
		if s.Value != nil && json.Unmarshal(*s.Value, &n) == nil {
			stats[s.Name] = n
		}
	}
	return stats, nil
}
