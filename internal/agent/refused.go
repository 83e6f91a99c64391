package agent

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-helpers/resource"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

// annotationsRoom is more than all takes that a proxy's pod is annotated with.
const annotationsRoom = 2 << 10

// Refused says why a pod cannot have the Policy's agent beside what it has, and
// which field says so; empty if it can, or has it from glootrace already. With
// it, the API server would refuse the pod, or something in it would not start.
func Refused(p gloo.Proxy, pol policy.Agent, known refs.Reader) (gloo.NoAgent, *gloo.Path) {
	present, ok := p.Container(Name)
	switch {
	case ok && p.Annotations()[Injected] == "":
		return gloo.OtherAgent, present.Path
	case ok:
		return "", nil
	case p.HostNetwork():
		return gloo.OnHostNetwork, p.Spec.Path.Child("hostNetwork")
	}
	if mirror, ok := p.Mirror(); ok {
		return gloo.IsMirror, mirror.Path
	}
	if os, ok := p.Windows(); ok {
		return gloo.OnWindows, os.Path
	}
	if port, taken := p.PortTaken(Ports); taken {
		return gloo.AgentPortUsed, port.Path
	}
	if known.ListensOn(p.ID(), Ports) { // on all addresses, which Linux refuses beside a socket on one of them
		return gloo.GatewayOnPort, p.Metadata.Path.Child("labels", gloo.ProxyIDLabel)
	}
	if annotations := p.Metadata.Child("annotations"); !gloo.RoomFor(annotationsRoom, annotations) {
		return gloo.NoAnnotation, annotations.Path
	}
	if budget := p.Spec.Child("resources"); budget.Exists() && exceeds(p, pol) {
		return gloo.OverBudget, budget.Path
	}
	return "", nil
}

// exceeds tells whether a pod with the agent asks for more than its resources as a
// whole are: no container may have more, nor all together (k8s.io/kubernetes,
// pkg/apis/core/validation, validatePodResourceConsistency).
func exceeds(p gloo.Proxy, pol policy.Agent) bool {
	var pod corev1.Pod
	if json.Unmarshal([]byte(p.Spec.Raw()), &pod.Spec) != nil { // none that the API server would take
		return false
	}
	pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Resources: pol.Resources})
	whole := pod.Spec.Resources
	return whole != nil && (more(pol.Resources.Limits, whole.Limits) ||
		more(resource.AggregateContainerRequests(&pod, resource.PodResourcesOptions{}), whole.Requests))
}

// more tells whether there is more of something than the most that there may be.
func more(list, most corev1.ResourceList) bool {
	for name, quantity := range list {
		if limit, limited := most[name]; limited && quantity.Cmp(limit) > 0 {
			return true
		}
	}
	return false
}
