package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// zipkinWith is a Zipkin that has a trace by what trace answers.
func zipkinWith(t *testing.T, trace http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v2/services", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "[]") })
	mux.HandleFunc("GET /api/v2/trace/{id}", trace)
	return serve(t, mux)
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// request is what a gateway got.
type request struct{ trace, parent string }

// gatewayThat answers with h, and tells what it got.
func gatewayThat(t *testing.T, h http.HandlerFunc) (url string, got *atomic.Pointer[request]) {
	t.Helper()
	got = new(atomic.Pointer[request])
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(r.Header.Get("traceparent"), "-")
		if len(parts) != 4 || len(parts[1]) != 32 || len(parts[2]) != 16 || parts[3] != "01" {
			t.Errorf("traceparent %v", parts)
			return
		}
		if r.Header.Get("x-client-trace-id") == "" {
			t.Error("the request does not ask to be traced")
		}
		got.Store(&request{parts[1], parts[2]})
		h(w, r)
	})), got
}

func ok(http.ResponseWriter, *http.Request) {}

func options(gateway, zipkin string) Options {
	return Options{Gateway: gateway, Zipkin: zipkin, Path: "/", Timeout: 600 * time.Millisecond, Progress: io.Discard}
}

func TestTheGatewaysSpanIsFoundAmongOthers(t *testing.T) {
	var host atomic.Value
	gateway, got := gatewayThat(t, func(w http.ResponseWriter, r *http.Request) {
		host.Store(r.Host)
		http.Redirect(w, r, "/elsewhere", http.StatusFound) // not followed
	})
	polls := 0
	zipkin := zipkinWith(t, func(w http.ResponseWriter, r *http.Request) {
		switch polls++; polls {
		case 1:
			http.NotFound(w, r)
		case 2:
			fmt.Fprint(w, "[]")
		case 3:
			http.Error(w, "try again", http.StatusServiceUnavailable)
		case 4: // a service behind the gateway was faster
			fmt.Fprint(w, `[{"id":"b","parentId":"a","kind":"SERVER","name":"backend"}]`)
		default:
			fmt.Fprintf(w, `[{"id":"b","parentId":"a","kind":"SERVER","name":"backend"},
				{"id":"a","parentId":%q,"kind":"SERVER","name":"my-host"}]`, got.Load().parent)
		}
	})
	o := options(gateway, zipkin+"/")
	o.Host, o.Timeout = "My-Host", 10*time.Second
	o.Expect = Expect{Name: "My-Host", Status: Unset}
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() || r.Lost != nil || len(r.Spans) != 2 || r.Spans[1].Depth != 1 || len(r.Expectations) != 2 {
		t.Errorf("report %+v", r)
	}
	if r.Request.Status != http.StatusFound || r.Request.TraceID != got.Load().trace || host.Load() != "My-Host" {
		t.Errorf("request %+v, host %v", r.Request, host.Load())
	}
}

func TestATraceThatDoesNotComeIsNoError(t *testing.T) {
	gateway, _ := gatewayThat(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	for name, answer := range map[string]http.HandlerFunc{
		"not found": http.NotFound,
		"empty":     func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "[]") },
		"null":      func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "null") },
		// Then the time is up in the middle of a question.
		"slow at last": func() http.HandlerFunc {
			var polls atomic.Int32
			return func(w http.ResponseWriter, r *http.Request) {
				if polls.Add(1) > 1 {
					<-r.Context().Done()
				}
				http.NotFound(w, r)
			}
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Run(t.Context(), options(gateway, zipkinWith(t, answer)))
			if err != nil {
				t.Fatal(err)
			}
			if r.OK() || r.Lost == nil || r.Request.Status != http.StatusInternalServerError {
				t.Errorf("report %+v", r)
			}
		})
	}
}

func TestWhoCannotBeAskedIsNamed(t *testing.T) {
	gateway, _ := gatewayThat(t, ok)
	zipkin := zipkinWith(t, http.NotFound)
	endless := func(w http.ResponseWriter, _ *http.Request) {
		for chunk := make([]byte, 1<<20); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	for name, c := range map[string]struct {
		gateway, zipkin string
		want            []string
	}{
		"no gateway":      {closed(t), zipkin, []string{"the gateway does not answer", "--gateway-url", "connection refused"}},
		"no Zipkin":       {gateway, closed(t), []string{"asking Zipkin", "--zipkin-url", "connection refused"}},
		"not Zipkin":      {gateway, serve(t, http.HandlerFunc(ok)), []string{"not Zipkin", "--zipkin-url"}},
		"another server":  {gateway, serve(t, http.NotFoundHandler()), []string{"asking Zipkin", "answered 404"}},
		"endless Zipkin":  {gateway, serve(t, http.HandlerFunc(endless)), []string{"the answer is longer than 64 MiB"}},
		"Zipkin fails":    {gateway, zipkinWith(t, fails), []string{"/api/v2/trace/", "answered 500"}},
		"Zipkin babbles":  {gateway, zipkinWith(t, ok), []string{"/api/v2/trace/", "not a trace"}},
		"Zipkin is stuck": {gateway, zipkinWith(t, stuck), []string{"/api/v2/trace/", "deadline exceeded"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Run(t.Context(), options(c.gateway, c.zipkin))
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func TestWhoDoesNotTellIsEvidence(t *testing.T) {
	gateway, _ := gatewayThat(t, ok)
	o := options(gateway, zipkinWith(t, http.NotFound))
	o.EnvoyAdmin = serve(t, http.HandlerFunc(fails))
	o.AgentMetrics = closed(t)
	o.CollectorMetrics = []string{serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }))}
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(r.Lost.Evidence, "\n")
	for _, want := range []string{
		"Envoy does not tell: configuration: GET " + o.EnvoyAdmin + "/config_dump: answered 500",
		"the agent does not tell: GET " + o.AgentMetrics + "/metrics: ",
		"the collector does not tell: GET " + o.CollectorMetrics[0] + "/metrics: not a collector's telemetry",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("evidence does not say %q:\n%s", want, said)
		}
	}
}

func TestCancellingEndsTheWait(t *testing.T) {
	gateway, _ := gatewayThat(t, ok)
	ctx, cancel := context.WithCancel(t.Context())
	o := options(gateway, zipkinWith(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		http.NotFound(w, r)
	}))
	o.Timeout = time.Hour
	if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was cancelled", err)
	}
}

func TestOptionsThatCannotBeMeantAreRefused(t *testing.T) {
	good := options("http://localhost:8080", "https://zipkin/base")
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Options){
		"--expect-status":       func(o *Options) { o.Expect.Status = "ok" },
		"--path":                func(o *Options) { o.Path = "x" },
		"--gateway-url":         func(o *Options) { o.Gateway = "localhost:8080" },
		"--zipkin-url":          func(o *Options) { o.Zipkin = "http://" },
		"--envoy-admin-url":     func(o *Options) { o.EnvoyAdmin = "ftp://x" },
		"--agent-metrics-url":   func(o *Options) { o.AgentMetrics = "http://a b" },
		"--collector-metrics-u": func(o *Options) { o.CollectorMetrics = []string{"8888"} },
	} {
		o := good
		change(&o)
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want it to name %s", err, want)
		}
	}
}

func fails(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }

func stuck(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// closed is where nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	return s.URL
}
