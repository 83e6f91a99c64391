package backfill

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/glootrace/glootrace/internal/missed"
	"github.com/glootrace/glootrace/internal/refs"
)

// Options say how it is done.
type Options struct {
	// Timeout is for the restart of one workload.
	Timeout time.Duration
	// Rollback undoes a restart that fails, or starts the proxies without the agent if those of before are gone.
	Rollback bool
	// Did is told of each step that is done.
	Did func(what, detail string)
	// Waiting is told what is being waited for.
	Waiting func(what string)
}

// Run does what is planned: restarts one by one, then objects, and stops at the first failure.
func (c *Cluster) Run(ctx context.Context, p Plan, o Options) error {
	for _, r := range p.Restarts { // before anything is touched
		if err := c.rehearse(ctx, r.Workload); err != nil {
			return err
		}
	}
	for _, r := range p.Restarts {
		begin := time.Now()
		if err := c.rehearse(ctx, r.Workload); err != nil { // the webhook may be gone by now
			return err
		}
		if err := c.restart(ctx, r, o); err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
		o.Did("restarted", fmt.Sprintf("%s in %s", r, time.Since(begin).Round(time.Second)))
	}
	if len(p.Objects) == 0 {
		return nil
	}
	return c.complete(ctx, o)
}

// complete gives every object what it lacks by now: an Upstream that has got HTTP/2
// may be one that a Gateway can be pointed at.
func (c *Cluster) complete(ctx context.Context, o Options) error {
	for _, kind := range kinds {
		objects, _, err := refs.List(ctx, c.objects)
		if err != nil {
			return err
		}
		err = c.each(ctx, kind, refs.FromObjects(objects, true), func(m missed.Object) error {
			name := string(kind) + " " + m.Live.GetNamespace() + "/" + m.Live.GetName()
			if err := m.Add(ctx, c.objects); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			o.Did("completed", name+": "+strings.Join(m.Result.Added, ", "))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
