package webhook

import (
	"context"
	"os"
	"time"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// leaseName is the Lease by which replicas agree on who looks for what was missed.
const leaseName = "glootrace-auditor"

// leader runs something on one replica at a time. The manager's own election
// does not serve: who loses it ends, and a replica that answers reviews must not
// end because a Lease could not be renewed in time.
type leader struct {
	client    kubernetes.Interface
	namespace string // of the Lease; empty: nobody can be elected
	run       func(context.Context)
	log       logr.Logger
}

// NeedLeaderElection: each replica stands for election.
func (l *leader) NeedLeaderElection() bool { return false }

// Start stands for election until ctx is done, and runs while it leads.
func (l *leader) Start(ctx context.Context) error {
	if l.namespace == "" {
		l.log.Info("nobody looks for what was missed: it is not known in which namespace to keep a Lease")
		return nil
	}
	host, _ := os.Hostname()
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Namespace: l.namespace, Name: leaseName},
		Client:     l.client.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID())},
	}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock:            lock,
		LeaseDuration:   30 * time.Second,
		RenewDeadline:   20 * time.Second,
		RetryPeriod:     5 * time.Second,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: l.run,
			OnStoppedLeading: func() { l.log.V(1).Info("another replica may look for what was missed") },
		},
	})
	if err != nil {
		return err
	}
	wait.UntilWithContext(ctx, elector.Run, time.Second)
	return nil
}
