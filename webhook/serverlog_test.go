package webhook

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/go-logr/logr/funcr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// TestGarbageFillsNoLog has others do a thousand times what there is a line about.
func TestGarbageFillsNoLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said := map[string]int{}
		log := funcr.New(func(_, line string) {
			for _, kind := range []string{"bad certificate", "EOF", "http2: ", "cannot be read", "panic"} {
				if strings.Contains(line, kind) {
					said[kind]++
				}
			}
		}, funcr.Options{})
		m := NewMetrics(prometheus.NewRegistry())
		server := newServerLog(m, log)
		h := newReviews(guard(func(context.Context, Request) admission.Response { panic(errors.New("bug")) }, m, log), log)
		for range 1000 {
			for _, line := range []string{"http: TLS handshake error from 192.0.2.1:1: EOF", "http: TLS handshake error from 192.0.2.1:2: remote error: tls: bad certificate", "http2: nonsense"} {
				if _, err := server.Write([]byte(line + "\n")); err != nil {
					t.Fatal(err)
				}
			}
			send(h, strings.NewReader("nonsense"))
			send(h, strings.NewReader(`{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"1"}}`))
		}
		if len(said) != 5 {
			t.Errorf("some are not said at all: %v", said)
		}
		for kind, lines := range said {
			if lines != 10 {
				t.Errorf("%d lines of %s", lines, kind)
			}
		}
		if n := testutil.ToFloat64(m.handshakes.WithLabelValues(untrusted)); n != 1000 {
			t.Errorf("%v are counted", n)
		}
	})
}
