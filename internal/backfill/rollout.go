package backfill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/stuck"
)

// rehearse asks the API server for one of the workload's pods, as a dry run: it has
// to come with the agent, or a restart would be for nothing.
func (c *Cluster) rehearse(ctx context.Context, w Workload) error {
	o, err := c.read(ctx, w)
	if err != nil {
		return fmt.Errorf("%s: %w", w, err)
	}
	_, template := parts(o)
	pod := &corev1.Pod{ObjectMeta: *template.ObjectMeta.DeepCopy(), Spec: template.Spec}
	pod.Namespace, pod.Name, pod.GenerateName = w.Namespace, "", w.Name+"-"
	if err := c.client.Create(ctx, pod, client.DryRunAll); err != nil {
		return fmt.Errorf("%s: not restarted, for its pods would not be admitted: %w", w, err)
	}
	if !hasAgent(*pod) {
		return fmt.Errorf("%s: not restarted, for a new pod would get no agent either: glootrace check says why", w)
	}
	return nil
}

func hasAgent(pod corev1.Pod) bool {
	return slices.ContainsFunc(slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers),
		func(container corev1.Container) bool { return container.Name == agent.Name })
}

// restart starts a workload's pods anew, at the pace of its own strategy, and waits until all are ready and have the
// agent. A restart that has begun before is only waited for.
func (c *Cluster) restart(ctx context.Context, r Restart, o Options) error {
	b, err := c.before(ctx, r)
	if err != nil {
		return err
	}
	if !r.Underway {
		if err := c.annotate(ctx, r.Workload, map[string]any{restartedAt: time.Now().UTC().Format(time.RFC3339)}); err != nil {
			return err
		}
	}
	if err := c.await(ctx, r.Workload, o); err != nil {
		if o.Rollback && ctx.Err() == nil {
			return errors.Join(err, c.rollback(ctx, r.Workload, b, o))
		}
		return err
	}
	w, err := c.read(ctx, r.Workload)
	if err != nil {
		return err
	}
	pods, err := c.pods(ctx, w)
	for _, p := range pods {
		if p.Status.Phase == corev1.PodRunning && !hasAgent(p) {
			return fmt.Errorf("pod %s has started without an agent: glootrace check says why", p.Name)
		}
	}
	return err
}

// annotate changes annotations of the pods that a workload makes; nil takes one away.
func (c *Cluster) annotate(ctx context.Context, w Workload, annotations map[string]any) error {
	patch, err := json.Marshal(template(annotations))
	if err != nil {
		return err
	}
	o := workload(w.Kind)
	o.SetNamespace(w.Namespace)
	o.SetName(w.Name)
	return c.client.Patch(ctx, o, client.RawPatch(types.MergePatchType, patch), client.FieldOwner("glootrace"))
}

// template is a merge patch of a workload.
func template(annotations map[string]any) map[string]any {
	return map[string]any{"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{"annotations": annotations}}}}
}

// lookEvery is how often a workload is looked at while it restarts.
const lookEvery = time.Second

func (c *Cluster) await(ctx context.Context, w Workload, o Options) error {
	var last counts
	err := wait.PollUntilContextTimeout(ctx, lookEvery, o.Timeout, true, func(ctx context.Context) (bool, error) {
		object, err := c.read(ctx, w)
		if apierrors.IsNotFound(err) {
			return false, err
		}
		if err != nil { // an API server that is away for a moment is no failure of the restart
			return false, nil
		}
		now, err := progress(object)
		if now != last {
			last = now
			o.Waiting(w.String() + ": " + now.String())
		}
		return now.done(), err
	})
	switch {
	case err == nil, errors.Is(err, errStandstill):
		return err
	case ctx.Err() != nil:
		return errors.New("interrupted, and its rollout goes on; glootrace backfill, run again, waits for it")
	case errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("not restarted within %v: %s", o.Timeout, last)
	}
	return fmt.Errorf("%w; %s", err, c.hindrance(ctx, w))
}

// hindrance is what keeps a workload's pods from being ready, or where to look for it.
func (c *Cluster) hindrance(ctx context.Context, w Workload) string {
	if o, err := c.read(ctx, w); err == nil {
		pods, _ := c.pods(ctx, o)
		for _, p := range pods {
			if why := stuck.Why(p); why != "" {
				return "pod " + p.Name + ": " + why
			}
		}
		if d, is := o.(*appsv1.Deployment); is {
			if why := stuck.Refused(*d); why != "" {
				return why
			}
		}
	}
	return fmt.Sprintf("kubectl -n %s describe %s %s says more", w.Namespace, w.Kind, w.Name)
}
