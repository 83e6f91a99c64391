package webhook

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/sync/semaphore"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	"github.com/glootrace/glootrace/certs"
	"github.com/glootrace/glootrace/internal/refs"
)

// The paths that the webhook configurations name.
const (
	mutatePath   = "/mutate"
	validatePath = "/validate"
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
		HealthProbeBindAddress: "0",
		Metrics:                metricsserver.Options{BindAddress: "0"},
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

	turns := semaphore.NewWeighted(1)
	known := func(ctx context.Context) refs.Reader {
		return cluster.Reader(ctx).InTurn(turns).AskingAtMost(maxReads)
	}
	engine := Engine{Policy: pol.Policy, Known: known, Metrics: m}
	var l leave
	room := newOverload(roomForReviews)
	hooks := webhook.NewServer(webhook.Options{}) // which does not serve, but counts and times
	hooks.Register(mutatePath, l.handler(room.handler(newReviews(guard(engine.Mutate, m, log), log))))
	hooks.Register(validatePath, l.handler(room.handler(newReviews(guard(engine.Validate, m, log), log))))
	runnables := []manager.Runnable{cluster, pol, source, audit}
	if os.Getenv("GOGC") == "" { // or somebody knows better
		runnables = append(runnables, garbage{func() bool { return cluster.Ready(nil) == nil }})
	}
	serverLog := newServerLog(m, log.WithName("server"))
	// No HTTP/2: an API server speaks it to webhooks on its own machine only, and by it each connection of anybody else's
	// could have hundreds of reviews under way whose answers he does not read.
	overTLS := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: source.GetCertificate}
	for _, s := range []struct {
		name, address string
		config        *tls.Config
		handler       http.Handler
	}{
		{"reviews", o.address(), overTLS, hooks.WebhookMux()},
		{"probes", o.HealthAddress, nil, probes(
			map[string]healthz.Checker{"serving": aliveWithout(source, answers(o))},
			map[string]healthz.Checker{
				"serving": answers(o), "cluster": cluster.Ready,
				"certificate": func(*http.Request) error { return source.Healthy() },
			},
		)},
		{"metrics", o.MetricsAddress, nil, metricsPage()},
	} {
		if s.address == "0" {
			continue
		}
		server, err := newServer(s.name, s.address, s.config, s.handler, serverLog)
		if err != nil {
			return err
		}
		runnables = append(runnables, server)
	}
	for _, r := range runnables {
		if err := mgr.Add(r); err != nil {
			return fmt.Errorf("setting up the webhook: %w", err)
		}
	}
	return mgr.Start(l.after(ctx))
}
