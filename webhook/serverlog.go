package webhook

import (
	stdlog "log"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"
)

// What a failed TLS handshake is counted as.
const (
	untrusted   = "untrusted"
	otherReason = "other"
)

// serverLog is what net/http's server complains to. Of a connection whose TLS handshake fails nobody else hears, and
// if it is the API server that does not trust the certificate, objects pass glootrace by.
type serverLog struct {
	metrics    *Metrics
	log        logr.Logger
	handshakes rate.Sometimes // a line for each would let anybody fill the log
}

// hearServer makes it the standard logger's output, which is all that controller-runtime's server leaves to choose.
func hearServer(m *Metrics, log logr.Logger) {
	stdlog.SetFlags(0)
	stdlog.SetOutput(&serverLog{metrics: m, log: log, handshakes: rate.Sometimes{First: 10, Interval: time.Second}})
}

// Write takes one line.
func (s *serverLog) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if !strings.HasPrefix(text, "http: TLS handshake error") {
		s.log.Info(text)
		return len(line), nil
	}
	reason := otherReason
	// The client's alert: bad certificate, unknown certificate authority, expired certificate …
	if strings.Contains(text, "remote error: tls: ") && strings.Contains(text, "certificate") {
		reason = untrusted
	}
	s.metrics.handshakes.WithLabelValues(reason).Inc()
	s.handshakes.Do(func() { s.log.Info(text, "reason", reason) })
	return len(line), nil
}
