package check

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

func configurationsExist(f *facts) verdict {
	if err := f.live.Complete(); err != nil {
		return fail("%v", err)
	}
	var calls []string
	for _, at := range f.live.Addresses() {
		calls = append(calls, fmt.Sprintf("%s:%d", at.Host, at.Port))
	}
	if len(calls) == 0 {
		return fail("there is no webhook in them").by("install the chart again")
	}
	return ok("the API server calls %s", strings.Join(calls, ", "))
}

func servicesExist(f *facts) verdict {
	var names []string
	for _, b := range f.backends {
		key := types.NamespacedName{Namespace: b.at.Namespace, Name: b.at.Service}
		switch {
		case b.service == nil:
			return fail("Service %s does not exist", key)
		case !b.hasPort():
			return fail("Service %s has no port %d", key, b.at.Port)
		}
		names = append(names, key.String())
	}
	if len(names) == 0 {
		return verdict{} // called by URL
	}
	return ok("%s", strings.Join(names, ", "))
}

func (b backend) hasPort() bool {
	for _, p := range b.service.Spec.Ports {
		if int(p.Port) == b.at.Port {
			return true
		}
	}
	return false
}

func replicasReady(f *facts) verdict {
	if len(f.backends) == 0 {
		return verdict{}
	}
	pods := f.replicas()
	if len(pods) == 0 {
		return fail("there are none").by("see why: kubectl -n %s get deployments,replicasets,events", f.backends[0].at.Namespace)
	}
	ready := 0
	var not []corev1.Pod
	for _, p := range pods {
		if isReady(p) {
			ready++
		} else {
			not = append(not, p)
		}
	}
	if len(not) == 0 {
		return ok("%d of %d", ready, len(pods))
	}
	first := not[0]
	reason := fmt.Sprintf("%d of %d; pod %s/%s is not: %s", ready, len(pods), first.Namespace, first.Name, unready(first))
	fix := fmt.Sprintf("kubectl -n %s logs %s; kubectl -n %[1]s describe pod %[2]s", first.Namespace, first.Name)
	if ready == 0 {
		return fail("%s", reason).by("%s", fix)
	}
	return warn("%s", reason).by("%s", fix)
}

func isReady(p corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// unready says what is known of why.
func unready(p corev1.Pod) string {
	for _, c := range p.Status.ContainerStatuses {
		if w := c.State.Waiting; w != nil {
			return strings.TrimSuffix(w.Reason+": "+w.Message, ": ")
		}
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady && c.Message != "" {
			return c.Message
		}
	}
	return "phase " + string(p.Status.Phase)
}
