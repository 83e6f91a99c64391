// Package certs keeps the certificate that the webhook serves, and the CA
// bundles by which the API server verifies it.
//
// A Source is either self-managed, with CA and leaf in one Secret that all
// replicas share, or reads files that somebody else keeps. It has the shape of
// cert-manager's pkg/server/tls.CertificateSource. Its DynamicAuthority does not
// serve here: it replaces the CA in one step, without a time in which both are
// trusted; it overwrites a Secret whoever made it; its certificates are valid
// from this very second, by one replica's clock; and each replica has a leaf of
// its own, so that nobody can tell when the last one has changed. The package
// would also bring LDAP and a second logger into the binary.
package certs

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Options say where a certificate comes from and who calls with it.
type Options struct {
	// Dir holds tls.crt and tls.key, which are read again when they change.
	// Empty means self-managed.
	Dir string
	// Namespace and Secret name where self-managed CA and leaf are kept.
	Namespace, Secret string
	// Names are the DNS names and addresses of a self-managed leaf.
	Names []string
	// Webhooks is the name of both the mutating and the validating webhook
	// configuration. With Dir it may be empty: readiness then knows nothing of
	// what the API server trusts.
	Webhooks string
	// Timing is for tests; the zero value is good.
	Timing Timing
}

// Timing says how long things last. A zero field has the default.
type Timing struct {
	// Leaf and CA are lifetimes; both are renewed at two thirds. 7 days, 1 year.
	Leaf, CA time.Duration
	// Overlap is how long the API server has had a CA in its bundles before a
	// leaf of that CA takes the place of another: its servers learn of a
	// change one by one. 10 minutes.
	Overlap time.Duration
	// Absence is how long a Secret that was there has to be gone before it is made
	// anew, by whoever may: the chart gives no right to. 15 seconds.
	Absence time.Duration
	// Skew is how far any two clocks, of replicas and API servers, may be apart.
	// 5 minutes.
	Skew time.Duration
	// Interval is how often everything is looked at although nothing seems to
	// have changed. 10 seconds.
	Interval time.Duration
	// Now is the clock. time.Now.
	Now func() time.Time
}

func (t Timing) withDefaults() Timing {
	t.Leaf = cmp.Or(t.Leaf, 7*24*time.Hour)
	t.CA = cmp.Or(t.CA, 365*24*time.Hour)
	t.Overlap = cmp.Or(t.Overlap, 10*time.Minute)
	t.Absence = cmp.Or(t.Absence, 15*time.Second)
	t.Skew = cmp.Or(t.Skew, 5*time.Minute)
	t.Interval = cmp.Or(t.Interval, 10*time.Second)
	if t.Now == nil {
		t.Now = time.Now
	}
	return t
}

const (
	passTimeout = 15 * time.Second
	maxBackoff  = 30 * time.Second
)

// Source is a certificate that is kept current. It is a Runnable of
// controller-runtime's manager.
type Source struct {
	options Options
	client  client.Client
	metrics *metrics
	log     logr.Logger
	replica string
	// begin pokes when something changes, until ctx is done; keep brings everything up to date.
	begin func(ctx context.Context, poke func()) error
	keep  func(context.Context) error

	leaf  atomic.Pointer[tls.Certificate]
	live  atomic.Pointer[Live]
	fault atomic.Pointer[error] // of the last pass
	blind atomic.Bool           // what the API server trusts can not be known

	// What only the goroutine of Start touches.
	trust     trust
	files     files
	refused   bool      // the Secret is somebody else's
	goneSince time.Time // when the Secret was first not there any more
	verdict   string
}

// New prepares a source; Start begins. Its metrics are registered with r.
func New(config *rest.Config, o Options, r prometheus.Registerer, log logr.Logger) (*Source, error) {
	if o.Dir == "" {
		for what, value := range map[string]string{
			"a namespace": o.Namespace, "the name of a Secret": o.Secret, "the name of the webhook configurations": o.Webhooks,
		} {
			if value == "" {
				return nil, fmt.Errorf("self-managed certificates need %s", what)
			}
		}
		if len(o.Names) == 0 {
			return nil, errors.New("self-managed certificates need a DNS name")
		}
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("certificates: %w", err)
	}
	s := newSource(c, o, newMetrics(r), log)
	s.begin = func(ctx context.Context, poke func()) error { return watch(ctx, config, s.options, poke) }
	return s, nil
}

func newSource(c client.Client, o Options, m *metrics, log logr.Logger) *Source {
	o.Timing = o.Timing.withDefaults()
	s := &Source{options: o, client: c, metrics: m, log: log}
	s.replica, _ = os.Hostname()
	s.keep = s.manage
	if o.Dir != "" {
		s.keep = s.load
		s.blind.Store(o.Webhooks == "")
	}
	return s
}

// GetCertificate is for a tls.Config. It fails as long as there is no certificate.
func (s *Source) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if leaf := s.leaf.Load(); leaf != nil {
		return leaf, nil
	}
	return nil, errors.New("no certificate yet")
}

// Healthy is nil if the API server can verify the certificate that is served:
// if each live CA bundle verifies it for the name that the API server calls.
// Else it says which of the two is stale.
func (s *Source) Healthy() error {
	_, err := s.judge()
	return err
}

// judge returns the CA that lets the API server trust what is served, if it is
// known, or why the API server does not.
func (s *Source) judge() (ca *x509.Certificate, err error) {
	leaf := s.leaf.Load()
	if leaf == nil {
		if fault := s.fault.Load(); fault != nil {
			return nil, fmt.Errorf("no certificate yet: %w", *fault)
		}
		return nil, errors.New("no certificate yet")
	}
	return s.trusted(leaf)
}

// trusted returns the CA that lets the API server trust a leaf, if it is known, or
// why the API server does not.
func (s *Source) trusted(leaf *tls.Certificate) (ca *x509.Certificate, err error) {
	live := s.live.Load()
	switch {
	case s.blind.Load():
		return nil, inTime(leaf.Leaf, s.options.Timing.Now())
	case live == nil:
		return nil, errors.New("the webhook configurations are not read yet")
	case live.Complete() != nil:
		return nil, live.Complete()
	}
	return live.Verify(leaf, s.options.Timing.Now())
}

// NeedLeaderElection: every replica serves.
func (s *Source) NeedLeaderElection() bool { return false }

// Start keeps the certificate current until ctx is done. Whatever goes wrong is
// logged, counted and tried again: a restart would mend nothing.
func (s *Source) Start(ctx context.Context) error {
	poked := make(chan struct{}, 1)
	poke := func() {
		select {
		case poked <- struct{}{}:
		default:
		}
	}
	interval := s.options.Timing.Interval
	if s.begin != nil {
		go wait.UntilWithContext(ctx, func(ctx context.Context) {
			if err := s.begin(ctx, poke); err != nil { // until then, the interval has to do
				s.log.Error(err, "watching; trying again")
			}
		}, interval)
	}
	// Whoever keeps overwriting a bundle is answered at once, but not forever at full speed.
	limit := rate.NewLimiter(rate.Every(min(time.Second, interval)), 10)
	backoff := time.Duration(0)
	for {
		if limit.Wait(ctx) != nil {
			return nil
		}
		next := interval
		switch err := s.pass(ctx); {
		case conflict(err):
			next = 0
		case err != nil:
			backoff = min(max(2*backoff, time.Second), maxBackoff)
			next = min(next, backoff)
		default:
			backoff = 0
		}
		select {
		case <-ctx.Done():
			return nil
		case <-poked:
		case <-time.After(next):
		}
	}
}

// pass looks at everything once.
func (s *Source) pass(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, passTimeout)
	defer cancel()
	err := s.keep(bounded)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil && !conflict(err) {
		s.fault.Store(&err)
		s.log.Error(err, "keeping the certificate; trying again")
	}
	s.report()
	return err
}

// report brings metrics up to date and logs when readiness changes: the probe's
// answer itself does not tell a reason.
func (s *Source) report() {
	if leaf := s.leaf.Load(); leaf != nil {
		s.metrics.expires("leaf", leaf.Leaf.NotAfter)
	}
	ca, err := s.judge()
	if ca != nil {
		s.metrics.expires("ca", ca.NotAfter)
	}
	verdict := "ready"
	if err != nil {
		verdict = err.Error()
	}
	if verdict != s.verdict {
		s.log.Info("certificate: "+verdict, "before", s.verdict)
		s.verdict = verdict
	}
}
