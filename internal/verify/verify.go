// Package verify proves that a request through a gateway leaves a trace in
// Zipkin, or says at which hop the trace was lost and on what evidence.
//
// It works on URLs; how they are found is its caller's business.
package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Options say where to send the request and whom to ask about it.
type Options struct {
	Gateway string // base URL
	Host    string // Host header, if it differs from the URL's
	Path    string
	Zipkin  string // base URL

	// These are asked only if they are given, and only for the diagnosis.
	EnvoyAdmin       string // base URL
	AgentMetrics     string
	CollectorMetrics []string // of each replica

	// Known is what the cluster's objects say besides, for the diagnosis.
	Known Known

	// Dial connects to the hosts of all these URLs; nil is the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	Expect  Expect
	Timeout time.Duration // how long the trace may take to get to Zipkin

	Progress io.Writer // told what is being waited for
}

// pollEvery is how often Zipkin is asked: Envoy alone may keep a span for 5 s,
// so asking more often finds little sooner.
const pollEvery = 250 * time.Millisecond

// Run sends one request with a trace id of its own, waits for the gateway's span
// of it, and diagnoses where it was lost if it does not come. An error means
// that the gateway or Zipkin could not be asked: nothing was found out.
func Run(ctx context.Context, o Options) (Report, error) {
	zipkin := zipkin{o.Zipkin, o.asker()}
	if err := zipkin.check(ctx); err != nil {
		return Report{}, err
	}
	before := look(ctx, o)
	t := newTrace()
	request, err := send(ctx, o, t)
	if err != nil {
		return Report{}, err
	}
	report := Report{Request: request, Spans: []Span{}, Expectations: []Expectation{}}
	fmt.Fprintf(o.Progress, "waiting for trace %s in Zipkin, up to %v …\n", t.id, o.Timeout)
	spans, gateway, waited, err := wait(ctx, zipkin, t, o.Timeout)
	if err != nil {
		return Report{}, err
	}
	report.Waited = Millis(min(waited, o.Timeout)) // the last question to Zipkin takes a moment too
	report.Spans = append(report.Spans, arrange(spans)...)
	if gateway != nil {
		report.Found = true
		report.Expectations = append(report.Expectations, o.Expect.check(*gateway)...)
		return report, nil
	}
	fmt.Fprintln(o.Progress, "not found; asking where it was lost …")
	evidence := compare(before, look(ctx, o))
	if err := ctx.Err(); err != nil {
		return Report{}, fmt.Errorf("waiting for the trace: %w", err)
	}
	evidence.Zipkin, evidence.Waited, evidence.Spans, evidence.Known = o.Zipkin, waited, len(spans), o.Known
	lost := Diagnose(evidence)
	report.Lost = &lost
	return report, nil
}

// wait asks Zipkin until the gateway's span of the trace is there or the time is
// up. Not found is no error, unless Zipkin never gave an answer.
func wait(ctx context.Context, z zipkin, t trace, timeout time.Duration) (spans []Span, gateway *Span, waited time.Duration, err error) {
	begin := time.Now()
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	answered := false
	for {
		latest, failed := z.trace(limited, t.id)
		switch {
		case failed == nil:
			answered = true
			spans = latest
			if gateway := t.gatewaySpan(spans); gateway != nil {
				return spans, gateway, time.Since(begin), nil
			}
		case err == nil || limited.Err() == nil: // being cut off by the clock says nothing of Zipkin
			err = failed
		}
		select {
		case <-ticker.C:
			continue
		case <-limited.Done():
		}
		if answered {
			err = nil
		}
		return spans, nil, time.Since(begin), err
	}
}

// Validate says what is wrong with the options.
func (o Options) Validate() error {
	if s := o.Expect.Status; s != "" && s != Unset && s != Failed {
		return fmt.Errorf("--expect-status %s: it takes unset or error", s)
	}
	if o.Path != "" && o.Path[0] != '/' {
		return fmt.Errorf("--path %q: it must begin with /", o.Path)
	}
	var errs []error
	urls := []struct{ flag, url string }{
		{"--gateway-url", o.Gateway},
		{"--zipkin-url", o.Zipkin},
		{"--envoy-admin-url", o.EnvoyAdmin},
		{"--agent-metrics-url", o.AgentMetrics},
	}
	for _, u := range o.CollectorMetrics {
		urls = append(urls, struct{ flag, url string }{"--collector-metrics-url", u})
	}
	for _, u := range urls {
		if u.url == "" {
			continue
		}
		if err := validURL(u.url); err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", u.flag, u.url, err))
		}
	}
	return errors.Join(errs...)
}
