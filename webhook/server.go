package webhook

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	"github.com/glootrace/glootrace/certs"
	"github.com/glootrace/glootrace/internal/refs"
)

// The paths that the webhook configurations name.
const (
	MutatePath   = "/mutate"
	ValidatePath = "/validate"
)

// maxReads is for how many objects a review can have the API server asked: a cluster's own objects refer to a few that
// were created a moment ago, somebody else's perhaps to thousands that do not exist.
const maxReads = 50

// Options say where the webhook serves and what it reads.
type Options struct {
	// Host and Port are where admission reviews are served; an empty Host means every address.
	Host string
	Port int
	// Namespace is that of glootrace's own objects; empty means that it has none, and no audit.
	Namespace string
	// Certificates say where the serving certificate comes from.
	Certificates certs.Options
	// HealthAddress serves /healthz and /readyz, MetricsAddress /metrics; "0" means not at all.
	HealthAddress  string
	MetricsAddress string
	// PolicyFile holds the Policy; empty means the default.
	PolicyFile string
	// AuditInterval is how often one of the replicas looks for what admission missed.
	AuditInterval time.Duration
}

// Run serves until ctx is done, and a moment longer, and then answers what is under way.
func Run(ctx context.Context, config *rest.Config, o Options, log logr.Logger) error {
	m := NewMetrics(metrics.Registry)
	hearServer(m, log.WithName("server"))
	pol, err := openPolicy(o.PolicyFile, m, log.WithName("policy"))
	if err != nil {
		return err
	}
	source, err := certs.New(config, o.Certificates, metrics.Registry, log.WithName("certificates"))
	if err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Logger:                 log,
		HealthProbeBindAddress: o.HealthAddress,
		Metrics:                metricsserver.Options{BindAddress: o.MetricsAddress},
		WebhookServer: webhook.NewServer(webhook.Options{Host: o.Host, Port: o.Port, TLSOpts: []func(*tls.Config){
			func(c *tls.Config) { c.MinVersion, c.GetCertificate = tls.VersionTLS12, source.GetCertificate },
		}}),
	})
	if err != nil {
		return fmt.Errorf("setting up the webhook: %w", err)
	}
	cluster, err := refs.NewCluster(mgr.GetConfig(), mgr.GetHTTPClient(), log.WithName("cluster"))
	if err != nil {
		return err
	}

	audit, err := newAudit(mgr, pol.Policy, cluster, o, metrics.Registry, log.WithName("audit"))
	if err != nil {
		return err
	}

	known := func(ctx context.Context) refs.Reader { return cluster.Reader(ctx).AskingAtMost(maxReads) }
	engine := Engine{Policy: pol.Policy, Known: known, Metrics: m}
	server := mgr.GetWebhookServer()
	var l leave
	room := newOverload(roomForReviews)
	server.Register(MutatePath, l.handler(room.handler(newReviews(guard(engine.Mutate, m, log), log))))
	server.Register(ValidatePath, l.handler(room.handler(newReviews(guard(engine.Validate, m, log), log))))

	for _, add := range []func() error{
		func() error { return mgr.Add(cluster) },
		func() error { return mgr.Add(pol) },
		func() error { return mgr.Add(source) },
		func() error { return mgr.Add(audit) },
		func() error {
			if os.Getenv("GOGC") != "" { // somebody knows better
				return nil
			}
			return mgr.Add(garbage{func() bool { return cluster.Ready(nil) == nil }})
		},
		func() error { return mgr.AddHealthzCheck("serving", aliveWithout(source, server.StartedChecker())) },
		func() error { return mgr.AddReadyzCheck("serving", server.StartedChecker()) },
		func() error {
			return mgr.AddReadyzCheck("certificate", func(*http.Request) error { return source.Healthy() })
		},
		func() error { return mgr.AddReadyzCheck("cluster", cluster.Ready) },
	} {
		if err := add(); err != nil {
			return fmt.Errorf("setting up the webhook: %w", err)
		}
	}
	return mgr.Start(l.after(ctx))
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
