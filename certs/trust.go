package certs

import (
	"crypto/x509"
	"time"
)

// trust remembers since when each CA has been in every live bundle without a
// break, as this replica has seen it. It is not shared: no clock but its own has
// to be right, and a replica that starts only waits longer.
type trust struct {
	since map[string]time.Time
}

func (t *trust) observe(l *Live, now time.Time) {
	since := map[string]time.Time{}
	if len(l.missing) == 0 {
		for _, c := range l.all() {
			if !l.Trusts(c) {
				continue
			}
			key := string(c.Raw)
			since[key] = now
			if before, known := t.since[key]; known {
				since[key] = before
			}
		}
	}
	t.since = since
}

// held is for how long a CA has been trusted.
func (t *trust) held(c *x509.Certificate, now time.Time) time.Duration {
	if since, known := t.since[string(c.Raw)]; known {
		return now.Sub(since)
	}
	return 0
}
