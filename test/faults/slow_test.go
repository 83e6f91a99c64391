package faults

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSlowSendersKeepNobodyOut has clients that hold connections open and send next to nothing.
func TestSlowSendersKeepNobodyOut(t *testing.T) {
	w, c := webhook(t, shared(t), ""), newSender()
	dial := func(text string) *tls.Conn {
		conn, err := tls.Dial("tcp", w.Address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
		if err == nil {
			_, err = io.WriteString(conn, text)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	for range 500 { // heads that never end
		dial("POST /mutate HTTP/1.1\r\nHost: it\r\nX: ")
	}
	if r := ask(t, c, w, "/mutate", proxy); len(r.Patch) == 0 {
		t.Errorf("a proxy's pod gets no agent: %v", r)
	}

	// Bodies that never come: one fills the room, the other waits.
	slow := make(chan int)
	for range 2 {
		reader, writer := io.Pipe()
		t.Cleanup(func() { writer.Close() })
		go writer.Write([]byte("{"))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+w.Address+"/mutate?timeout=30s", reader)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.ContentLength = 7 << 20
		go func() {
			r, err := newSender().Do(request)
			if err != nil {
				t.Log(err)
				slow <- 0
				return
			}
			r.Body.Close()
			slow <- r.StatusCode
		}()
	}
	eventually(t, "an arrival", func() bool { return metric(t, w, "controller_runtime_webhook_requests_in_flight") == 2 })
	if a, err := send(c, w, "/mutate?timeout=1s", proxy); err != nil || a.code != http.StatusTooManyRequests {
		t.Errorf("there is no room, and one that does not wait gets: %v, %d %s", err, a.code, a.text)
	}
	if a, err := send(c, w, "/mutate?timeout=30s", proxy); err != nil || len(a.response.Patch) == 0 {
		t.Errorf("one that waits gets: %v, %d %s", err, a.code, a.text)
	}
	for range 2 {
		if code := <-slow; code != http.StatusRequestTimeout {
			t.Errorf("a body that never comes is answered with %d", code)
		}
	}
	if got := metric(t, w, "controller_runtime_webhook_requests_total", `code="408"`); got != 2 {
		t.Errorf("%v are counted", got)
	}
	if p := peak(t, w); p > limit {
		t.Errorf("it took %d MiB", p>>20)
	}
}

// TestStalledBodiesAreCut has clients that announce a small body, begin to send it and stop, at whatever path.
func TestStalledBodiesAreCut(t *testing.T) {
	w := webhook(t, shared(t), "")
	for path, want := range map[string]string{"/mutate": "408", "/validate": "408", "/other": "404"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			conn, err := tls.Dial("tcp", w.Address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: it\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", path); err != nil {
				t.Fatal(err)
			}
			if answer, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 "+want) { // until it is cut
				t.Errorf("%q, %v", answer, err)
			}
		})
	}
}

// TestHeadsWithoutEndTakeLittleMemory has clients whose heads go on and on.
func TestHeadsWithoutEndTakeLittleMemory(t *testing.T) {
	w := webhook(t, shared(t), "")
	head := "POST /mutate HTTP/1.1\r\nHost: it\r\nX: " + strings.Repeat("x", 900<<10)
	var all sync.WaitGroup
	for range 300 {
		all.Go(func() {
			conn, err := tls.Dial("tcp", w.Address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { conn.Close() })
			_, _ = io.WriteString(conn, head) // it may be refused before it is all there
		})
	}
	all.Wait()
	if r := ask(t, newSender(), w, "/mutate", proxy); len(r.Patch) == 0 {
		t.Errorf("a proxy's pod gets no agent: %v", r)
	}
	if p := peak(t, w); p > limit/2 {
		t.Errorf("it took %d MiB", p>>20)
	}
}

// TestSendersWhoDoNotReadKeepNobodyOut has clients that ask for large answers and never read them.
func TestSendersWhoDoNotReadKeepNobodyOut(t *testing.T) {
	w, c := webhook(t, shared(t), ""), newSender()
	review := `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"` + strings.Repeat("x", 6<<20) + `","operation":"CREATE","kind":{"kind":"Pod"},"object":{}}}`
	conn, err := tls.Dial("tcp", w.Address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "POST /mutate HTTP/1.1\r\nHost: it\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(review), review); err != nil {
		t.Fatal(err)
	}
	large := append(bytes.Repeat([]byte(" "), 6<<20), proxy...) // there is no room for both
	if a, err := send(c, w, "/mutate?timeout=30s", large); err != nil || len(a.response.Patch) == 0 {
		t.Errorf("one that comes after it gets: %v, %d %s", err, a.code, a.text)
	}
}

// TestWhatIsNoReviewIsRefusedByHTTP has clients that send too much, or nonsense.
func TestWhatIsNoReviewIsRefusedByHTTP(t *testing.T) {
	w := webhook(t, shared(t), "")
	for _, c := range []struct {
		body string
		code int
	}{
		{strings.Repeat(" ", 7<<20+1), http.StatusRequestEntityTooLarge},
		{strings.Repeat("[", 1<<20), http.StatusBadRequest},
		{`{"kind":"AdmissionReview"`, http.StatusBadRequest},
		{"", http.StatusBadRequest},
	} {
		// The refusal may come while the body is still on its way.
		if a, err := send(newSender(), w, "/validate", []byte(c.body)); err == nil && (a.code != c.code || a.text == "") {
			t.Errorf("%.20q of %d bytes: %d %s", c.body, len(c.body), a.code, a.text)
		}
		if got := metric(t, w, "controller_runtime_webhook_requests_total", fmt.Sprintf(`code="%d"`, c.code)); got == 0 {
			t.Errorf("%.20q is not counted", c.body)
		}
	}
	head, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+w.Address+"/mutate", nil)
	if err != nil {
		t.Fatal(err)
	}
	head.Header.Set("X", strings.Repeat("x", 2<<20))
	if r, err := newSender().Do(head); err == nil {
		r.Body.Close()
		if r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("a head of 2 MiB: %s", r.Status)
		}
	}
	if !isReady(t, w) {
		t.Error("it is not ready")
	}
}
