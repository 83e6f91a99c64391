package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/missed"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

// tellAtMost bounds the events of one look: on the day of its installation
// everything in a cluster was missed.
const tellAtMost = 20

// audit looks now and then for what admission missed: a webhook that is passed
// over in silence, so that ingress does not depend on it, has to say afterwards
// what it did not see.
type audit struct {
	policy     func() policy.Policy
	cluster    *refs.Cluster
	objects    rest.Interface
	kubernetes kubernetes.Interface
	recorder   events.EventRecorder
	missed     *prometheus.GaugeVec
	interval   time.Duration
	log        logr.Logger

	// told are those for whom there was an event, as long as they are missed.
	told map[types.UID]bool
}

// newAudit prepares an audit that one of the replicas does.
func newAudit(mgr manager.Manager, pol func() policy.Policy, cluster *refs.Cluster, o Options, r prometheus.Registerer, log logr.Logger) (*leader, error) {
	objects, err := refs.NewClient(mgr.GetConfig())
	if err != nil {
		return nil, fmt.Errorf("setting up the audit: %w", err)
	}
	clients, err := kubernetes.NewForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("setting up the audit: %w", err)
	}
	a := &audit{
		policy: pol, cluster: cluster, objects: objects, kubernetes: clients, recorder: mgr.GetEventRecorder("glootrace"),
		missed: newAuditGauge(r), interval: o.AuditInterval, log: log,
	}
	return &leader{client: clients, namespace: o.Namespace, run: a.run, log: log}, nil
}

func newAuditGauge(r prometheus.Registerer) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "glootrace_missed_objects", Help: "Objects to which the Policy would add something, and proxies' pods without the agent, by kind. Only the replica that looks for them has it.",
	}, []string{"kind"})
	r.MustRegister(g)
	return g
}

// run looks until ctx is done.
func (a *audit) run(ctx context.Context) {
	defer a.missed.Reset() // another replica counts on
	a.told = map[types.UID]bool{}
	for {
		next := a.interval
		if err := a.cluster.Ready(nil); err != nil {
			next = min(next, time.Second)
		} else {
			a.look(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
	}
}

// look goes through all objects once.
func (a *audit) look(ctx context.Context) {
	pol := a.policy()
	if pol.Audit.Mode == policy.AuditOff {
		a.missed.Reset()
		return
	}
	still, events := map[types.UID]bool{}, 0
	for _, kind := range missed.Kinds() {
		count := 0
		err := missed.Each(ctx, a.objects, kind, pol, func() refs.Reader { return a.cluster.Reader(ctx) }, func(o missed.Object) error {
			if pol.Audit.Mode == policy.AuditRepair && kind != gloo.Pod && a.repair(ctx, o) {
				return nil
			}
			if o.Result.OnlyUpgrades() { // it was admitted, and the Policy or its routes have changed since
				return nil
			}
			count++
			about := a.owner(ctx, o)
			still[about.GetUID()] = true
			if !a.told[about.GetUID()] && events < tellAtMost {
				events++
				a.told[about.GetUID()] = true
				a.tell(about, o)
			}
			return nil
		})
		switch {
		case ctx.Err() != nil:
			return
		case apierrors.IsNotFound(err): // this Gloo does not have the kind
		case err != nil:
			a.log.Error(err, "looking for what was missed", "kind", kind)
			continue
		}
		a.missed.WithLabelValues(string(kind)).Set(float64(count))
	}
	for uid := range a.told {
		if !still[uid] {
			delete(a.told, uid)
		}
	}
}

// repair adds what is missing, if the object is still what was looked at.
func (a *audit) repair(ctx context.Context, o missed.Object) bool {
	if err := o.Add(ctx, a.objects); err != nil {
		a.log.Error(err, "adding what was missed", "kind", o.Kind, "namespace", o.Live.GetNamespace(), "name", o.Live.GetName())
		return false
	}
	a.log.Info("added what was missed", "kind", o.Kind, "namespace", o.Live.GetNamespace(), "name", o.Live.GetName(), "added", o.Result.Added)
	return true
}

func (a *audit) tell(about *metav1.PartialObjectMetadata, o missed.Object) {
	note := "written while glootrace did not answer, or before it was there, so it lacks what the Policy adds: %s; apply it again, or run glootrace backfill"
	args := []any{o.Result.Added}
	if o.Kind == gloo.Pod {
		note, args = "its pod %s started without the otel-agent, since glootrace did not answer or was not there; restart it, or run glootrace backfill", []any{o.Live.GetName()}
	}
	a.log.Info("missed", "kind", o.Kind, "namespace", o.Live.GetNamespace(), "name", o.Live.GetName(), "lacks", o.Result.Added)
	a.recorder.Eventf(about, nil, "Warning", "MissedByGlootrace", "Audit", note, args...)
}

// owner is whom an event is about: a pod's Deployment or DaemonSet, for pods come and go; else the object.
func (a *audit) owner(ctx context.Context, o missed.Object) *metav1.PartialObjectMetadata {
	owner := metav1.GetControllerOf(&o.Live)
	if o.Kind != gloo.Pod || owner == nil {
		return &o.Live
	}
	if owner.Kind == "ReplicaSet" {
		live, err := a.kubernetes.AppsV1().ReplicaSets(o.Live.Namespace).Get(ctx, owner.Name, metav1.GetOptions{})
		if err != nil {
			a.log.Error(err, "looking for the Deployment of a pod", "namespace", o.Live.Namespace, "replicaSet", owner.Name)
		} else if its := metav1.GetControllerOf(live); its != nil {
			owner = its
		}
	}
	return &metav1.PartialObjectMetadata{
		TypeMeta:   metav1.TypeMeta{APIVersion: owner.APIVersion, Kind: owner.Kind},
		ObjectMeta: metav1.ObjectMeta{Namespace: o.Live.Namespace, Name: owner.Name, UID: owner.UID},
	}
}
