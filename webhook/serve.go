package webhook

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/glootrace/glootrace/certs"
)

const (
	// maxHead is how many bytes a request's line and headers may have. An API server's have a few hundred.
	maxHead = 16 << 10
	// idle is how long a connection is kept for the next review; API servers keep theirs as long.
	idle = 90 * time.Second
	// answered is how long it may take from the end of a head until the answer is read: no API server waits longer.
	answered = 30 * time.Second
)

// newServer listens, and serves when the manager starts it; over TLS if there is a configuration. controller-runtime's
// servers of reviews, probes and metrics would give each connection 1 MiB for a head that need never end, and more time
// for it than there is for a review. A body that nobody has read is read before the answer is sent (net/http), so that
// too has its time.
func newServer(name, address string, config *tls.Config, handler http.Handler, errors io.Writer) (*manager.Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serving %s: %w", name, err)
	}
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	return &manager.Server{Name: name, Listener: listener, Server: &http.Server{
		Handler: handler, MaxHeaderBytes: maxHead, ReadHeaderTimeout: receiveWithin, ReadTimeout: receiveWithin, WriteTimeout: answered, IdleTimeout: idle,
		ErrorLog: log.New(errors, "", 0),
	}}, nil
}

// probes answers /healthz and /readyz, and each check below them.
func probes(health, ready map[string]healthz.Checker) http.Handler {
	mux := http.NewServeMux()
	for path, checks := range map[string]map[string]healthz.Checker{"/healthz": health, "/readyz": ready} {
		h := http.StripPrefix(path, &healthz.Handler{Checks: checks})
		mux.Handle(path, h)
		mux.Handle(path+"/", h)
	}
	return mux
}

// metricsPage answers /metrics.
func metricsPage() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(metrics.Registry, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError}))
	return mux
}

func (o Options) address() string { return net.JoinHostPort(o.Host, strconv.Itoa(o.Port)) }

// answers checks that a client gets as far as it gets without a review.
func answers(o Options) healthz.Checker {
	return func(*http.Request) error {
		conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", o.address(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			return fmt.Errorf("reviews are not answered: %w", err)
		}
		return conn.Close()
	}
}

// aliveWithout takes a server that has no certificate yet for alive: it answers
// nobody, but a restart would not bring one.
func aliveWithout(source *certs.Source, serving healthz.Checker) healthz.Checker {
	return func(r *http.Request) error {
		if _, err := source.GetCertificate(nil); err != nil {
			return nil
		}
		return serving(r)
	}
}
