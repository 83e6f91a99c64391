package verify

import (
	"fmt"
	"slices"

	"github.com/glootrace/glootrace/internal/finding"
)

// Verdict names the hop at which a trace was lost. It claims no more than its
// evidence: After is the last that is known to have had the spans, Before the
// first that is known not to have got them.
type Verdict struct {
	After    string   `json:"after"`
	Before   string   `json:"before"` // empty if they were lost in After itself
	Evidence []string `json:"evidence"`
	Cause    string   `json:"cause"` // empty if the evidence does not tell
	Fix      string   `json:"fix"`
	Rules    []string `json:"rules"` // of glootrace, that find the cause
	Ask      []string `json:"ask"`   // flags that were not given and would narrow it down
}

// Where says at which hop, in words.
func (v Verdict) Where() string {
	if v.Before == "" {
		return "in " + v.After
	}
	return "between " + v.After + " and " + v.Before
}

// The hops, in the order in which spans take them.
const (
	gateway   = "the gateway"
	agent     = "the agent"
	collector = "the collector"
	zipkinHop = "Zipkin"
)

// Diagnose follows the spans from the gateway to Zipkin and ends where somebody
// has not got them.
func Diagnose(e Evidence) Verdict {
	w := &walk{Evidence: e, last: gateway, hop: gateway}
	v := w.follow()
	if e.Spans > 0 {
		v.Evidence = append(v.Evidence, fmt.Sprintf("Zipkin has %s of this trace, but not the gateway's", count(e.Spans, "span")))
	}
	if v.Cause != "" {
		v.Ask = []string{}
	}
	return *v
}

// walk is a diagnosis under way.
type walk struct {
	Evidence
	last string   // who is known to have had the spans
	hop  string   // which hop that is
	seen []string // on the way to there
}

func (w *walk) follow() *Verdict {
	if v := w.throughEnvoy(); v != nil {
		return v
	}
	if v := w.throughAgent(); v != nil {
		return v
	}
	if v := w.throughCollector(); v != nil {
		return v
	}
	v := w.lost(zipkinHop)
	if w.hop == collector {
		return v.because("the collector exports to something else than "+w.Zipkin+", or Zipkin threw the spans away",
			"compare the endpoint of the collector's exporter with --zipkin-url; see Zipkin's log, its memory and its COLLECTOR_SAMPLE_RATE")
	}
	if len(w.seen) == 0 {
		v.Evidence = append(v.Evidence, "nobody between them was asked")
	} else {
		v.Evidence = append(v.Evidence, "nothing seen after that")
	}
	return v
}

// arrived notes that somebody has had the spans, and what shows it.
func (w *walk) arrived(hop, who, how string) {
	w.hop, w.last, w.seen = hop, who, append(w.seen, how)
}

// lost is a verdict without cause: what is not with next, and what was seen before.
func (w *walk) lost(next string, evidence ...string) *Verdict {
	return &Verdict{
		After: w.last, Before: next,
		Evidence: slices.Concat(evidence, w.seen),
		Rules:    []string{}, Ask: w.unasked(next),
	}
}

// because adds a cause to a verdict.
func (v *Verdict) because(cause, fix string, rules ...finding.Rule) *Verdict {
	v.Cause, v.Fix = cause, fix
	for _, r := range rules {
		v.Rules = append(v.Rules, r.Code)
	}
	return v
}

// unasked are the flags of those who could tell more of the way to next.
func (w *walk) unasked(next string) []string {
	flags := []string{}
	hops := []string{gateway, agent, collector, zipkinHop}
	from, to := slices.Index(hops, w.hop), slices.Index(hops, next)
	if w.Envoy == nil && w.hop == gateway {
		flags = append(flags, "--envoy-admin-url")
	}
	if w.Agent == nil && from < 1 && to >= 1 {
		flags = append(flags, "--agent-metrics-url")
	}
	if w.Collector == nil && from < 2 && to >= 2 {
		flags = append(flags, "--collector-metrics-url")
	}
	return flags
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
