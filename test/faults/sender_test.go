package faults

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"

	"github.com/glootrace/glootrace/test/env"
)

// newSender talks to a webhook as an API server does: over TLS and HTTP/1.1, on connections that are kept.
func newSender() *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}, MaxIdleConnsPerHost: 25,
	}}
}

// answer is what came back.
type answer struct {
	code     int
	header   http.Header
	text     string
	response admissionv1.AdmissionResponse
}

// send sends a review to a path of the webhook, whose query says how long the sender waits.
func send(c *http.Client, w *env.Webhook, path string, review []byte) (answer, error) {
	r, err := c.Post("https://"+w.Address+path, "application/json", bytes.NewReader(review))
	if err != nil {
		return answer{}, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	a := answer{code: r.StatusCode, header: r.Header, text: string(body)}
	if err != nil || r.StatusCode != http.StatusOK {
		return a, err
	}
	var reviewed admissionv1.AdmissionReview
	if err := json.Unmarshal(body, &reviewed); err != nil {
		return a, err
	}
	if reviewed.Response == nil || reviewed.Response.UID != "1" {
		return a, fmt.Errorf("no answer to this review: %s", body)
	}
	a.response = *reviewed.Response
	return a, nil
}

// ask sends a review that must be answered while the API server waits, which it does for 10 s if it is not told how long;
// the chart's 3 s would be too little for a machine that is busy with other tests.
func ask(t *testing.T, c *http.Client, w *env.Webhook, path string, review []byte) admissionv1.AdmissionResponse {
	t.Helper()
	begun := time.Now()
	a, err := send(c, w, path+"?timeout=3s", review)
	if took := time.Since(begun); err != nil || a.code != http.StatusOK || took > 10*time.Second {
		t.Fatalf("after %v: %v, %d %s", took, err, a.code, a.text)
	}
	return a.response
}

func review(kind, object string) []byte {
	return []byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","operation":"CREATE","namespace":"default","name":"it",` +
		`"kind":{"kind":"` + kind + `"},"object":` + object + `}}`)
}

// gateway is the review of a Gateway that sends spans to an Upstream.
func gateway(upstream string) []byte {
	return review("Gateway", `{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{"name":"it","namespace":"default"},"spec":{"httpGateway":{"options":{`+
		`"httpConnectionManagerSettings":{"tracing":{"openTelemetryConfig":{"collectorUpstreamRef":{"name":"`+upstream+`","namespace":"default"}}}}}}}}`)
}

// hybrid is the review of a Gateway with so many listeners that each send spans to an Upstream of its own, which does
// not exist.
func hybrid(listeners int) []byte {
	var matched []string
	for i := range listeners {
		matched = append(matched, fmt.Sprintf(`{"httpGateway":{"options":{"httpConnectionManagerSettings":{"tracing":{"openTelemetryConfig":{"collectorUpstreamRef":`+
			`{"name":"none-%d","namespace":"default"}}}}}}}`, i))
	}
	return review("Gateway", `{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{"name":"it","namespace":"default"},"spec":{"hybridGateway":{"matchedGateways":[`+
		strings.Join(matched, ",")+`]}}}`)
}

// proxy is the review of a proxy's pod.
var proxy = review("Pod", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"it","namespace":"default","labels":{"gloo":"gateway-proxy","gateway-proxy-id":"gateway-proxy"}},`+
	`"spec":{"containers":[{"name":"gateway-proxy","image":"envoy"}]}}`)

// missing tells whether validation says that a Gateway's Upstream does not exist.
func missing(r admissionv1.AdmissionResponse) bool { return warns(r, "GT105") && !unread(r) }

// unread tells whether it says that it could not ask.
func unread(r admissionv1.AdmissionResponse) bool { return warns(r, "could not be read") }

func warns(r admissionv1.AdmissionResponse, of string) bool {
	return strings.Contains(strings.Join(r.Warnings, "\n"), of)
}

// metrics is the page with all metrics.
func metrics(t *testing.T, w *env.Webhook) string {
	t.Helper()
	r, err := http.Get("http://" + w.Metrics + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// metric is the sum of a metric's values whose labels include all of these.
func metric(t *testing.T, w *env.Webhook, name string, labels ...string) float64 {
	t.Helper()
	sum := 0.0
lines:
	for line := range strings.Lines(metrics(t, w)) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		for _, l := range labels {
			if !strings.Contains(rest, l) {
				continue lines
			}
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' '):]), 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += v
	}
	return sum
}

// isReady tells whether it says that it is alive, and ready.
func isReady(t *testing.T, w *env.Webhook) bool {
	t.Helper()
	for _, page := range []string{"healthz", "readyz"} {
		r, err := http.Get("http://" + w.Health + "/" + page)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return false
		}
	}
	return true
}

// limit is the memory that the chart gives a replica, in bytes.
const limit = 256 << 20

// peak is the most memory that the webhook has had, in bytes.
func peak(t *testing.T, w *env.Webhook) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.PID()))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
