package stuck

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// Nobody says why no pod of a Deployment is ready, and what to do about it; empty if one is. The
// Deployment is nil if it is not known, and then nothing can be said without a pod; wanted is how
// many replicas it should have.
func Nobody(d *appsv1.Deployment, wanted int, pods []corev1.Pod) (why, fix string) {
	for _, p := range pods {
		if Ready(p) {
			return "", ""
		}
	}
	if d != nil && d.Spec.Replicas != nil && *d.Spec.Replicas == 0 {
		return fmt.Sprintf("Deployment %s/%s has 0 replicas", d.Namespace, d.Name),
			fmt.Sprintf("kubectl -n %s scale deployment %s --replicas=%d", d.Namespace, d.Name, wanted)
	}
	if len(pods) > 0 {
		p := pods[0]
		why = fmt.Sprintf("pod %s/%s is not ready", p.Namespace, p.Name)
		if reason := Why(p); reason != "" {
			why += ": " + reason
		}
		return why, fmt.Sprintf("kubectl -n %s describe pod %s", p.Namespace, p.Name)
	}
	if d == nil {
		return "", ""
	}
	why, fix = fmt.Sprintf("Deployment %s/%s has no pod", d.Namespace, d.Name), fmt.Sprintf("kubectl -n %s describe deployment,replicaset", d.Namespace)
	if reason := Refused(*d); reason != "" {
		why += ": " + reason
	}
	return why, fix
}

// Refused says why the API server takes no pods of a Deployment, such as for a quota; empty if it does.
func Refused(d appsv1.Deployment) string {
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue {
			return said(c.Reason, c.Message)
		}
	}
	return ""
}
