package webhook

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/mutate"
)

// Metrics are the webhook's own metrics, beside controller-runtime's. Each
// label's values come from a fixed list.
type Metrics struct {
	admissions   *prometheus.CounterVec
	findings     *prometheus.CounterVec
	mutations    *prometheus.CounterVec
	skipped      *prometheus.CounterVec
	policyLoaded prometheus.Gauge
	policyHash   prometheus.Gauge
	policyFailed prometheus.Counter
	handshakes   *prometheus.CounterVec
}

// NewMetrics registers the metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		admissions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "glootrace_admissions_total", Help: "Admission reviews answered, by kind and verdict.",
		}, []string{"kind", "verdict"}),
		findings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "glootrace_findings_total", Help: "Findings in objects under review, by rule.",
		}, []string{"rule"}),
		mutations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "glootrace_mutations_total", Help: "Additions to objects under review, by kind and what was added.",
		}, []string{"kind", "what"}),
		skipped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "glootrace_agent_skipped_total", Help: "Proxies' pods that got no agent although the Policy asks for it, by reason.",
		}, []string{"reason"}),
		policyLoaded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "glootrace_policy_reload_success", Help: "1 if the Policy file as it is now is in force, 0 if it is bad and the one before holds.",
		}),
		policyHash: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "glootrace_policy_hash", Help: "Hash of the Policy file that is in force; 0 if there is none.",
		}),
		policyFailed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "glootrace_policy_reload_failures_total", Help: "Policy files that could not be loaded.",
		}),
		handshakes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "glootrace_tls_handshake_failures_total", Help: "Connections that ended before a review could be sent: because the client does not trust the certificate, or for another reason.",
		}, []string{"reason"}),
	}
	m.policyLoaded.Set(1)
	for _, reason := range []string{untrusted, otherReason} {
		m.handshakes.WithLabelValues(reason)
	}
	r.MustRegister(m.admissions, m.findings, m.mutations, m.skipped, m.policyLoaded, m.policyHash, m.policyFailed, m.handshakes)
	return m
}

func (m *Metrics) admitted(kind gloo.Kind, verdict string) {
	m.admissions.WithLabelValues(kindLabel(kind), verdict).Inc()
}

func (m *Metrics) found(found []finding.Finding) {
	for _, f := range found {
		m.findings.WithLabelValues(f.Code).Inc()
	}
}

func (m *Metrics) mutated(kind gloo.Kind, r mutate.Result) {
	for _, what := range r.Added {
		m.mutations.WithLabelValues(kindLabel(kind), what).Inc()
	}
	if r.Skipped != "" {
		m.skipped.WithLabelValues(string(r.Skipped)).Inc()
	}
}

// kindLabel keeps kinds that a hostile review makes up out of the labels. What
// it returns is no part of the review, which a label would keep in memory.
func kindLabel(kind gloo.Kind) string {
	if kind == gloo.Pod {
		return string(gloo.Pod)
	}
	for _, a := range gloo.APIs {
		if a.Kind == kind {
			return string(a.Kind)
		}
	}
	return "other"
}
