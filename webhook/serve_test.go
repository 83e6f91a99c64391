package webhook

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"k8s.io/client-go/util/cert"
)

// TestAHeadIsShort has clients send heads as API servers do, and longer ones.
func TestAHeadIsShort(t *testing.T) {
	crt, key, err := cert.GenerateSelfSignedCertKey("localhost", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(crt, key)
	if err != nil {
		t.Fatal(err)
	}
	served := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	s, err := newServer("reviews", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}}, served, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Start(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	code := func(size int) string {
		r, err := http.NewRequest(http.MethodPost, "https://"+s.Listener.Addr().String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X", strings.Repeat("x", size))
		answer, err := (&http.Client{Transport: transport}).Do(r)
		if err != nil {
			return err.Error()
		}
		answer.Body.Close()
		return fmt.Sprint(answer.StatusCode)
	}
	if got := code(maxHead / 2); got != "200" {
		t.Errorf("half of what there may be: %s", got)
	}
	// The client may be told before it has sent all of it.
	if got := code(2 * maxHead); got == "200" {
		t.Errorf("twice of what there may be: %s", got)
	}
}
