package webhook

import (
	"strings"

	"github.com/go-logr/logr"

	"github.com/glootrace/glootrace/internal/seldom"
)

// What a failed TLS handshake is counted as.
const (
	untrusted   = "untrusted"
	otherReason = "other"
)

// serverLog is what net/http's servers complain to. Of a connection whose TLS handshake fails nobody else hears, and
// if it is the API server that does not trust the certificate, objects pass glootrace by.
type serverLog struct {
	metrics *Metrics
	log     logr.Logger
	// A line for each would let anybody fill the log. What others do must not hide that the API server does not trust us.
	handshakes map[string]*seldom.Lines
	rest       *seldom.Lines
}

func newServerLog(m *Metrics, log logr.Logger) *serverLog {
	return &serverLog{m, log, map[string]*seldom.Lines{untrusted: seldom.New(), otherReason: seldom.New()}, seldom.New()}
}

// Write takes one line.
func (s *serverLog) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if !strings.HasPrefix(text, "http: TLS handshake error") {
		s.rest.To(s.log).Info(text)
		return len(line), nil
	}
	reason := otherReason
	// The client's alert: bad certificate, unknown certificate authority, expired certificate …
	if strings.Contains(text, "remote error: tls: ") && strings.Contains(text, "certificate") {
		reason = untrusted
	}
	s.metrics.handshakes.WithLabelValues(reason).Inc()
	s.handshakes[reason].To(s.log).Info(text, "reason", reason)
	return len(line), nil
}
