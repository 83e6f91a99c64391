package verify

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"
)

// trace is the trace that the request belongs to: its id, and the id of the span
// that the request says it comes from.
type trace struct{ id, parent string }

func newTrace() trace {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process first
	return trace{hex.EncodeToString(b[:16]), hex.EncodeToString(b[16:])}
}

// gatewaySpan is the span of who took the request. Services behind the gateway
// have SERVER spans in the same trace, but other parents.
func (t trace) gatewaySpan(spans []Span) *Span {
	for i, s := range spans {
		if s.Kind == "SERVER" && s.ParentID == t.parent {
			return &spans[i]
		}
	}
	return nil
}

// Request is the request, and how it was answered.
type Request struct {
	Sent     time.Time `json:"sent"`
	Method   string    `json:"method"`
	URL      string    `json:"url"`
	Host     string    `json:"host,omitempty"`
	Status   int       `json:"status"`
	Duration Millis    `json:"durationMs"`
	TraceID  string    `json:"traceId"`
}

// send sends the request. Any answer will do.
func send(ctx context.Context, o Options, t trace) (Request, error) {
	r := Request{Method: http.MethodGet, URL: below(o.Gateway, o.Path), Host: o.Host, TraceID: t.id}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, nil)
	if err != nil {
		return r, fmt.Errorf("request to the gateway: %w", err)
	}
	req.Host = o.Host
	req.Header.Set("User-Agent", "glootrace-verify")
	req.Header.Set("traceparent", "00-"+t.id+"-"+t.parent+"-01")
	// Envoy decides on tracing before it reads traceparent: at 1 % random sampling,
	// 99 of 100 sampled traceparents leave no span. With this header the client's
	// percentage counts, which is 100 unless somebody sets it.
	req.Header.Set("x-client-trace-id", t.id)
	begin := time.Now()
	resp, err := o.asker().Do(req)
	if err != nil {
		return r, fmt.Errorf("the gateway does not answer: GET %s: %w; is --gateway-url right, and a forwarded port still open?", r.URL, cause(err))
	}
	defer resp.Body.Close()
	// A gateway that is cut off in the middle of a long body has answered all the same.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	r.Sent, r.Status, r.Duration = begin.UTC(), resp.StatusCode, Millis(time.Since(begin))
	return r, nil
}
