package backfill

import (
	"context"
	"fmt"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/stuck"
)

// before is a workload as it was before its restart.
type before struct {
	restartedAt string // empty if its template did not say
	ready       int    // pods
}

func (c *Cluster) before(ctx context.Context, r Restart) (before, error) {
	o, err := c.read(ctx, r.Workload)
	if err != nil {
		return before{}, err
	}
	pods, err := c.pods(ctx, o)
	if err != nil {
		return before{}, err
	}
	_, t := parts(o)
	b := before{restartedAt: t.Annotations[restartedAt]}
	for _, p := range pods {
		if stuck.Ready(p) {
			b.ready++
		}
	}
	for _, p := range pods { // of a rollout that has begun already, those that it has not come to
		if was := p.Annotations[restartedAt]; stuck.Ready(p) && was != b.restartedAt {
			b.restartedAt = was
			break
		}
	}
	if r.Underway {
		b.ready = int(count(o).want)
	}
	return b, nil
}

// rollback undoes a restart, as kubectl rollout undo does, if the pods of before are all there: they stay, with the
// agents that they have. If some are gone, those that would take their place need the agent that does not start: so all
// are to start without one, or there would be less ingress than before. It does not wait.
func (c *Cluster) rollback(ctx context.Context, w Workload, b before, o Options) error {
	object, err := c.read(ctx, w)
	if err != nil {
		return fmt.Errorf("rolling back: %w", err)
	}
	pods, err := c.pods(ctx, object)
	if err != nil {
		return fmt.Errorf("rolling back: %w", err)
	}
	stay := 0
	for _, p := range pods {
		if stuck.Ready(p) && p.Annotations[restartedAt] == b.restartedAt {
			stay++
		}
	}
	was := map[string]any{restartedAt: nil}
	if b.restartedAt != "" {
		was[restartedAt] = b.restartedAt
	}
	did := fmt.Sprintf("%s: its pods of before stay as they are", w)
	if stay < b.ready {
		was[policy.Inject] = "false"
		did = fmt.Sprintf("%s: of its %d pods of before %d are gone, so all start without the agent, annotated %s: \"false\"; when the agent is mended: %s",
			w, b.ready, b.ready-stay, policy.Inject, agent.OptIn(w.Kind, w.Namespace, w.Name))
	}
	if err := c.annotate(ctx, w, was); err != nil {
		return fmt.Errorf("rolling back: %w", err)
	}
	o.Did("rolled back", did)
	return nil
}
