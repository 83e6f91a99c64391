package check

import (
	"context"
	"fmt"

	"k8s.io/client-go/rest"

	"github.com/glootrace/glootrace/internal/policy"
)

// Policy is the Policy that replicas read in a cluster, and where it is from.
func Policy(ctx context.Context, config *rest.Config, o Options) (pol policy.Policy, from string, err error) {
	c, err := connect(config, o)
	if err != nil {
		return policy.Policy{}, "", err
	}
	f := &facts{}
	read := reading{cluster: c, facts: f, done: map[string]error{}}
	if err := read.all(ctx, []input{registrations, policyFile}); err != nil {
		return policy.Policy{}, "", err
	}
	if err := f.live.Complete(); err != nil {
		return policy.Policy{}, "", fmt.Errorf("%w: without the webhook there is nothing to go by; see glootrace check", err)
	}
	return f.policy, f.policyIn, f.policyErr
}
