package backfill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/policy"
)

// restartedAt is the annotation that kubectl rollout restart sets too.
const restartedAt = "kubectl.kubernetes.io/restartedAt"

// workload is an empty object of a kind that makes pods anew when its template changes.
func workload(kind string) client.Object {
	switch kind {
	case "Deployment":
		return &appsv1.Deployment{}
	case "DaemonSet":
		return &appsv1.DaemonSet{}
	case "StatefulSet":
		return &appsv1.StatefulSet{}
	}
	return nil
}

func (c *Cluster) read(ctx context.Context, r Restart) (client.Object, error) {
	o := workload(r.Kind)
	return o, c.client.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: r.Name}, o)
}

// parts are a workload's selector and template.
func parts(o client.Object) (*metav1.LabelSelector, corev1.PodTemplateSpec) {
	switch w := o.(type) {
	case *appsv1.Deployment:
		return w.Spec.Selector, w.Spec.Template
	case *appsv1.DaemonSet:
		return w.Spec.Selector, w.Spec.Template
	case *appsv1.StatefulSet:
		return w.Spec.Selector, w.Spec.Template
	}
	return nil, corev1.PodTemplateSpec{}
}

// rehearse asks the API server for one of the workload's pods, as a dry run: it has
// to come with the agent, or a restart would be for nothing.
func (c *Cluster) rehearse(ctx context.Context, r Restart) error {
	o, err := c.read(ctx, r)
	if err != nil {
		return fmt.Errorf("%s: %w", r, err)
	}
	switch w := o.(type) {
	case *appsv1.DaemonSet:
		if w.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType {
			return fmt.Errorf("%s: its updateStrategy is OnDelete: delete its pods yourself, one by one", r)
		}
	case *appsv1.StatefulSet:
		if w.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType {
			return fmt.Errorf("%s: its updateStrategy is OnDelete: delete its pods yourself, one by one", r)
		}
	}
	_, template := parts(o)
	pod := &corev1.Pod{ObjectMeta: *template.ObjectMeta.DeepCopy(), Spec: template.Spec}
	pod.Namespace, pod.Name, pod.GenerateName = r.Namespace, "", r.Name+"-"
	if err := c.client.Create(ctx, pod, client.DryRunAll); err != nil {
		return fmt.Errorf("%s: nothing was restarted, for its pods would not be admitted: %w", r, err)
	}
	if !hasAgent(*pod) {
		return fmt.Errorf("%s: nothing was restarted, for a new pod would get no agent either: glootrace check says why", r)
	}
	return nil
}

func hasAgent(pod corev1.Pod) bool {
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for _, container := range list {
			if container.Name == agent.Name {
				return true
			}
		}
	}
	return false
}

// restart starts a workload's pods anew, at the pace of its own strategy, and waits
// until all are ready and have the agent.
func (c *Cluster) restart(ctx context.Context, r Restart, o Options) error {
	if err := c.annotate(ctx, r, map[string]any{restartedAt: time.Now().UTC().Format(time.RFC3339)}); err != nil {
		return err
	}
	if err := c.await(ctx, r, o); err != nil {
		return err
	}
	w, err := c.read(ctx, r)
	if err != nil {
		return err
	}
	labels, _ := parts(w)
	selector, err := metav1.LabelSelectorAsSelector(labels)
	if err != nil {
		return err
	}
	var pods corev1.PodList
	if err := c.client.List(ctx, &pods, client.InNamespace(r.Namespace), client.MatchingLabelsSelector{Selector: selector}); err != nil {
		return err
	}
	for _, p := range pods.Items {
		if p.DeletionTimestamp == nil && p.Status.Phase == corev1.PodRunning && !hasAgent(p) {
			return fmt.Errorf("pod %s has started without an agent: glootrace check says why", p.Name)
		}
	}
	return nil
}

// rollback starts a workload's pods without the agent, and does not wait for them.
func (c *Cluster) rollback(ctx context.Context, r Restart, o Options) error {
	if err := c.annotate(ctx, r, map[string]any{policy.Inject: "false"}); err != nil {
		return fmt.Errorf("rolling back: %w", err)
	}
	o.Did("rolled back", fmt.Sprintf("%s: its pods are annotated %s: \"false\"", r, policy.Inject))
	return nil
}

// annotate changes annotations of the pods that a workload makes.
func (c *Cluster) annotate(ctx context.Context, r Restart, annotations map[string]any) error {
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{"annotations": annotations}}}})
	if err != nil {
		return err
	}
	w := workload(r.Kind)
	w.SetNamespace(r.Namespace)
	w.SetName(r.Name)
	return c.client.Patch(ctx, w, client.RawPatch(types.MergePatchType, patch), client.FieldOwner("glootrace"))
}

// lookEvery is how often a workload is looked at while it restarts.
const lookEvery = time.Second

func (c *Cluster) await(ctx context.Context, r Restart, o Options) error {
	state := ""
	err := wait.PollUntilContextTimeout(ctx, lookEvery, o.Timeout, true, func(ctx context.Context) (bool, error) {
		w, err := c.read(ctx, r)
		if apierrors.IsNotFound(err) {
			return false, err
		}
		if err != nil { // an API server that is away for a moment is no failure of the restart
			return false, nil
		}
		done, now, err := progress(w)
		if now != state {
			state = now
			o.Waiting(r.String() + ": " + state)
		}
		return done, err
	})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return fmt.Errorf("not restarted within %v: %s; kubectl -n %s describe %s %s says more", o.Timeout, state, r.Namespace, r.Kind, r.Name)
	}
	return err
}

// progress says how far a restart is.
func progress(o client.Object) (done bool, state string, err error) {
	var seen int64
	var want, updated, available, all int32
	switch w := o.(type) {
	case *appsv1.Deployment:
		for _, c := range w.Status.Conditions {
			if c.Type == appsv1.DeploymentProgressing && c.Reason == "ProgressDeadlineExceeded" && w.Status.ObservedGeneration >= w.Generation {
				return false, "", errors.New("it makes no progress: " + c.Message)
			}
		}
		seen, want = w.Status.ObservedGeneration, 1
		if w.Spec.Replicas != nil {
			want = *w.Spec.Replicas
		}
		updated, available, all = w.Status.UpdatedReplicas, w.Status.AvailableReplicas, w.Status.Replicas
	case *appsv1.DaemonSet:
		seen, want = w.Status.ObservedGeneration, w.Status.DesiredNumberScheduled
		updated, available, all = w.Status.UpdatedNumberScheduled, w.Status.NumberAvailable, w.Status.DesiredNumberScheduled
	case *appsv1.StatefulSet:
		seen, want = w.Status.ObservedGeneration, 1
		if w.Spec.Replicas != nil {
			want = *w.Spec.Replicas
		}
		updated, available, all = w.Status.UpdatedReplicas, w.Status.AvailableReplicas, w.Status.Replicas
	}
	done = seen >= o.GetGeneration() && updated >= want && available >= want && all <= want
	return done, fmt.Sprintf("%d of %d new, %d available", updated, want, available), nil
}
