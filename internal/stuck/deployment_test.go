package stuck

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func TestNobody(t *testing.T) {
	deployment := func(replicas int32, conditions ...appsv1.DeploymentCondition) *appsv1.Deployment {
		return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "d"},
			Spec: appsv1.DeploymentSpec{Replicas: ptr.To(replicas)}, Status: appsv1.DeploymentStatus{Conditions: conditions}}
	}
	pod := func(ready corev1.ConditionStatus) []corev1.Pod {
		return []corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "p"}, Status: corev1.PodStatus{
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}, {Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable"}}}}}
	}
	quota := appsv1.DeploymentCondition{Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate", Message: "exceeded quota"}
	for name, c := range map[string]struct {
		deployment *appsv1.Deployment
		pods       []corev1.Pod
		why, fix   string
	}{
		"nothing is known": {},
		"a pod is ready":   {deployment(2), pod(corev1.ConditionTrue), "", ""},
		"no replicas":      {deployment(0), nil, "Deployment ns/d has 0 replicas", "kubectl -n ns scale deployment d --replicas=2"},
		"an unready pod":   {nil, pod(corev1.ConditionFalse), "pod ns/p is not ready: Unschedulable", "kubectl -n ns describe pod p"},
		"a quota":          {deployment(2, quota), nil, "Deployment ns/d has no pod: FailedCreate: exceeded quota", "kubectl -n ns describe deployment,replicaset"},
	} {
		if why, fix := Nobody(c.deployment, 2, c.pods); why != c.why || fix != c.fix {
			t.Errorf("%s: %q and %q, want %q and %q", name, why, fix, c.why, c.fix)
		}
	}
}
