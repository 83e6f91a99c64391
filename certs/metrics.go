package certs

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	expiry    *prometheus.GaugeVec
	rotations *prometheus.CounterVec
	bundles   prometheus.Counter
	failures  *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		expiry: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "glootrace_certificate_expiry_seconds", Help: "When the certificate that is served (leaf) and the CA that the API server verifies it with (ca) expire, in seconds since 1970.",
		}, []string{"certificate"}),
		rotations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "glootrace_certificate_rotations_total", Help: "Certificates that this replica made, or found anew among the files, by which.",
		}, []string{"certificate"}),
		bundles: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "glootrace_certificate_bundle_writes_total", Help: "Times that this replica put the CA bundle into the webhook configurations.",
		}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "glootrace_certificate_failures_total", Help: "Failures to keep the certificate current, by what could not be read or written.",
		}, []string{"of"}),
	}
	for _, certificate := range []string{"leaf", "ca"} {
		m.rotations.WithLabelValues(certificate)
	}
	for _, of := range []string{"secret", "live", "bundle", "files"} {
		m.failures.WithLabelValues(of)
	}
	r.MustRegister(m.expiry, m.rotations, m.bundles, m.failures)
	return m
}

func (m *metrics) expires(certificate string, at time.Time) {
	m.expiry.WithLabelValues(certificate).Set(float64(at.Unix()))
}

// failed counts an error and returns it; that another replica was faster is none.
func (m *metrics) failed(of string, err error) error {
	if !conflict(err) {
		m.failures.WithLabelValues(of).Inc()
	}
	return err
}
