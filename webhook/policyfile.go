package webhook

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"

	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/regular"
)

// policyInterval is how often the Policy file is looked at. The kubelet itself
// takes up to a minute to bring a changed ConfigMap into a pod, by swapping a
// link, which a watch on the file would miss.
const policyInterval = 2 * time.Second

// policyFile keeps the Policy of a file that may change. A file that cannot be
// read or is wrong leaves the Policy before it in force.
type policyFile struct {
	path    string
	log     logr.Logger
	metrics *Metrics

	seen    []byte
	current atomic.Pointer[policy.Policy]
}

// openPolicy loads the file; without a path the default Policy holds.
func openPolicy(path string, m *Metrics, log logr.Logger) (*policyFile, error) {
	f := &policyFile{path: path, log: log, metrics: m}
	p := policy.Default()
	if path != "" {
		src, err := regular.Read(path, policy.MaxSize)
		if err != nil {
			return nil, fmt.Errorf("reading the policy: %w", err)
		}
		if p, err = policy.Parse(path, src); err != nil {
			return nil, err
		}
		f.seen = src
		m.policyHash.Set(policy.Hash(src))
	}
	f.current.Store(&p)
	return f, nil
}

// Policy is the Policy in force.
func (f *policyFile) Policy() policy.Policy { return *f.current.Load() }

// Start looks for changes until ctx is done.
func (f *policyFile) Start(ctx context.Context) error {
	if f.path == "" {
		return nil
	}
	tick := time.NewTicker(policyInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			f.reload()
		}
	}
}

// NeedLeaderElection: every replica answers requests by the Policy.
func (f *policyFile) NeedLeaderElection() bool { return false }

func (f *policyFile) reload() {
	src, err := regular.Read(f.path, policy.MaxSize)
	if err != nil {
		err = fmt.Errorf("reading the policy: %w", err)
		src = []byte(err.Error()) // so that it is said once, not at each tick
	}
	if bytes.Equal(src, f.seen) {
		return
	}
	f.seen = src
	var p policy.Policy
	if err == nil {
		p, err = policy.Parse(f.path, src)
	}
	if err != nil {
		f.metrics.policyLoaded.Set(0)
		f.metrics.policyFailed.Inc()
		f.log.Error(err, "the policy is bad; the one before stays in force")
		return
	}
	f.metrics.policyLoaded.Set(1)
	f.metrics.policyHash.Set(policy.Hash(src))
	f.current.Store(&p)
	f.log.Info("policy reloaded", "file", f.path)
}
