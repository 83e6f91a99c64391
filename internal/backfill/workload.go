package backfill

import (
	"context"
	"errors"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// restartedAt is the annotation of a pod template that kubectl rollout restart sets too. A pod of before has another value, or none.
const restartedAt = "kubectl.kubernetes.io/restartedAt"

// workloads are the kinds that make pods anew when their template changes.
var workloads = []string{"Deployment", "DaemonSet", "StatefulSet"}

// workload is an empty object of one of these kinds, nil of any other.
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

func (c *Cluster) read(ctx context.Context, w Workload) (client.Object, error) {
	o := workload(w.Kind)
	return o, c.client.Get(ctx, client.ObjectKey{Namespace: w.Namespace, Name: w.Name}, o)
}

// exists fails unless there is a workload of that name.
func (c *Cluster) exists(ctx context.Context, name types.NamespacedName) error {
	for _, kind := range workloads {
		if _, err := c.read(ctx, Workload{kind, name.Namespace, name.Name}); !apierrors.IsNotFound(err) {
			return err
		}
	}
	return fmt.Errorf("there is no Deployment, DaemonSet or StatefulSet %s", name)
}

// owner is the workload that makes a pod, or the pod itself.
func (c *Cluster) owner(ctx context.Context, pod corev1.Pod) (Workload, error) {
	owner := metav1.GetControllerOf(&pod)
	if owner != nil && owner.Kind == "ReplicaSet" {
		var set appsv1.ReplicaSet
		if err := c.client.Get(ctx, client.ObjectKey{Namespace: pod.Namespace, Name: owner.Name}, &set); client.IgnoreNotFound(err) != nil {
			return Workload{}, err
		}
		owner = metav1.GetControllerOf(&set)
	}
	if owner == nil || workload(owner.Kind) == nil {
		return Workload{"Pod", pod.Namespace, pod.Name}, nil
	}
	return Workload{owner.Kind, pod.Namespace, owner.Name}, nil
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

// pods are a workload's, less those that are going.
func (c *Cluster) pods(ctx context.Context, o client.Object) ([]corev1.Pod, error) {
	labels, _ := parts(o)
	selector, err := metav1.LabelSelectorAsSelector(labels)
	if err != nil {
		return nil, err
	}
	var list corev1.PodList
	err = c.client.List(ctx, &list, client.InNamespace(o.GetNamespace()), client.MatchingLabelsSelector{Selector: selector})
	return slices.DeleteFunc(list.Items, func(p corev1.Pod) bool { return p.DeletionTimestamp != nil }), err
}

// standstill says why a changed template brings no new pods, and what does; empty if it does.
func standstill(o client.Object) string {
	const onDelete = "its updateStrategy is OnDelete: delete its pods yourself, one by one"
	switch w := o.(type) {
	case *appsv1.Deployment:
		if w.Spec.Paused {
			return fmt.Sprintf("it is paused: kubectl -n %s rollout resume deployment %s, and run this again", w.Namespace, w.Name)
		}
	case *appsv1.DaemonSet:
		if w.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType {
			return onDelete
		}
	case *appsv1.StatefulSet:
		if w.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType {
			return onDelete
		}
		if r := w.Spec.UpdateStrategy.RollingUpdate; r != nil && ptr.Deref(r.Partition, 0) > 0 {
			return fmt.Sprintf("partition %d of its updateStrategy keeps pods of lower numbers as they are: set it to 0, and run this again", *r.Partition)
		}
	}
	return ""
}

// errStandstill is of a workload that has come to stand still in its restart.
var errStandstill = errors.New("no new pods any more")

// counts are of a workload's pods.
type counts struct {
	seen                           bool // whether they are about the workload as it is now
	want, updated, available, left int32
}

func count(o client.Object) counts {
	switch w := o.(type) {
	case *appsv1.Deployment:
		s, want := w.Status, ptr.Deref(w.Spec.Replicas, 1)
		return counts{s.ObservedGeneration >= w.Generation, want, s.UpdatedReplicas, s.AvailableReplicas, s.Replicas - want}
	case *appsv1.DaemonSet:
		s := w.Status
		return counts{s.ObservedGeneration >= w.Generation, s.DesiredNumberScheduled, s.UpdatedNumberScheduled, s.NumberAvailable, 0}
	case *appsv1.StatefulSet:
		s, want := w.Status, ptr.Deref(w.Spec.Replicas, 1)
		return counts{s.ObservedGeneration >= w.Generation, want, s.UpdatedReplicas, s.AvailableReplicas, s.Replicas - want}
	}
	return counts{}
}

func (c counts) done() bool {
	return c.seen && c.updated >= c.want && c.available >= c.want && c.left <= 0
}

func (c counts) String() string {
	return fmt.Sprintf("%d of %d new, %d available", c.updated, c.want, c.available)
}

// progress says how far a restart is.
func progress(o client.Object) (counts, error) {
	n := count(o)
	if still := standstill(o); still != "" {
		return n, fmt.Errorf("%w: %s", errStandstill, still)
	}
	if d, is := o.(*appsv1.Deployment); is && n.seen {
		for _, c := range d.Status.Conditions {
			if c.Type == appsv1.DeploymentProgressing && c.Reason == "ProgressDeadlineExceeded" {
				return n, errors.New("it makes no progress: " + c.Message)
			}
		}
	}
	return n, nil
}

// underway tells whether a workload's restart has begun, with all pods that need it being of before.
func underway(o client.Object, lacking []corev1.Pod) bool {
	_, template := parts(o)
	now := template.Annotations[restartedAt]
	return now != "" && !count(o).done() && !slices.ContainsFunc(lacking, func(p corev1.Pod) bool { return p.Annotations[restartedAt] == now })
}
