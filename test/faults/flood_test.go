package faults

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestThousandReviewsAtOnce has a replica meet more reviews than its memory can hold. Each is answered or refused in
// words, and asks again when it is told to, as an API server does; the replica lives.
func TestThousandReviewsAtOnce(t *testing.T) {
	const reviews, routes = 1000, 1500
	t.Setenv("GOMEMLIMIT", strconv.Itoa(limit)) // as the chart does
	w := webhook(t, shared(t), "")
	var route strings.Builder
	for i := range routes {
		fmt.Fprintf(&route, `,{"matchers":[{"prefix":"/%d/%s"}],"routeAction":{"single":{"upstream":{"name":"u","namespace":"default"}}}}`, i, strings.Repeat("x", 200))
	}
	large := review("VirtualService", `{"apiVersion":"gateway.solo.io/v1","kind":"VirtualService","metadata":{"name":"it","namespace":"default"},"spec":{"virtualHost":{"domains":["it"],"routes":[`+
		route.String()[1:]+`]}}}`)
	c := newSender()
	counted := func() float64 {
		return metric(t, w, "controller_runtime_webhook_requests_total", `code="429"`) + metric(t, w, "controller_runtime_webhook_requests_total", `code="408"`)
	}
	before := counted()
	var answered, refused, again, late atomic.Int64
	var all sync.WaitGroup
	for range reviews {
		all.Go(func() {
			for begun := time.Now(); ; again.Add(1) {
				a, err := send(c, w, "/mutate?timeout=3s", large)
				if err == nil && a.code == http.StatusOK && len(a.response.Patch) > 0 {
					answered.Add(1)
					return
				}
				if err == nil && a.code == http.StatusRequestTimeout { // of a machine that is busy
					late.Add(1)
					return
				}
				if err != nil || a.code != http.StatusTooManyRequests || a.header.Get("Retry-After") != "1" || !strings.Contains(a.text, "try again") {
					t.Errorf("neither answered nor refused: %v, %d %.200s", err, a.code, a.text)
					return
				}
				if time.Since(begun) > 2*time.Second {
					refused.Add(1)
					return
				}
				time.Sleep(time.Second) // as it was told
			}
		})
	}
	all.Wait()
	t.Logf("%d reviews of %d KiB: %d answered, %d refused, %d too late, sent again %d times, %d MiB at most",
		reviews, len(large)>>10, answered.Load(), refused.Load(), late.Load(), again.Load(), peak(t, w)>>20)
	if answered.Load() == 0 {
		t.Error("none is answered")
	}
	if got, want := counted()-before, float64(refused.Load()+again.Load()+late.Load()); got != want {
		t.Errorf("%v are refused, %v are counted", want, got)
	}
	if r := ask(t, c, w, "/mutate", proxy); len(r.Patch) == 0 {
		t.Error("afterwards a proxy's pod gets no agent")
	}
	if p := peak(t, w); p > limit {
		t.Errorf("it took %d MiB, where the chart gives it %d MiB", p>>20, limit>>20)
	}
	if !isReady(t, w) {
		t.Error("it is not ready")
	}
}

// TestLargeReviewsOfSmallParts has a replica meet ten reviews of 1 MiB at once, of which it makes most: they are of
// hundreds of thousands of parts, or something is added to each.
func TestLargeReviewsOfSmallParts(t *testing.T) {
	t.Setenv("GOMEMLIMIT", strconv.Itoa(limit)) // as the chart does
	w := webhook(t, shared(t), "")
	c := newSender()
	for name, in := range map[string]struct{ before, part, after string }{
		"routes":       {`{"routes":[`, `{}`, `]}`},
		"entries":      {`{"options":{"stagedTransformations":{"regular":{"requestTransforms":[`, `{}`, `]}}}}`},
		"references":   {`{"optionsConfigRefs":{"delegateOptions":[`, `{}`, `]}}`},
		"destinations": {`{"routes":[{"routeAction":{"multi":{"destinations":[`, `{"options":{"transformations":{}}}`, `]}}}]}`},
	} {
		parts := strings.Repeat(","+in.part, 1<<20/(len(in.part)+1))
		large := review("VirtualService", `{"apiVersion":"gateway.solo.io/v1","kind":"VirtualService","metadata":{"name":"it","namespace":"default"},"spec":{"virtualHost":`+
			in.before+parts[1:]+in.after+`}}`)
		for _, path := range []string{"/mutate", "/validate"} {
			var all sync.WaitGroup
			var answered atomic.Int64
			for range 10 {
				all.Go(func() {
					a, err := send(c, w, path+"?timeout=30s", large)
					switch {
					case err == nil && a.code == http.StatusOK:
						answered.Add(1)
					case err != nil || a.code != http.StatusTooManyRequests && a.code != http.StatusRequestTimeout:
						t.Errorf("%s, %s: neither answered nor refused: %v, %d %.200s", name, path, err, a.code, a.text)
					}
				})
			}
			all.Wait()
			p := peak(t, w)
			t.Logf("%s, %s: %d of 10 are answered; %d MiB at most by now", name, path, answered.Load(), p>>20)
			if answered.Load() == 0 {
				t.Errorf("%s, %s: none is answered", name, path)
			}
			if p > limit {
				t.Fatalf("%s, %s: it took %d MiB, where the chart gives it %d MiB", name, path, p>>20, limit>>20)
			}
		}
	}
}
