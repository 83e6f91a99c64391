package agent

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/stuck"
)

// Stuck says why the agent of a pod does not run, by the pod's status; empty if
// it runs, or is only just starting.
func Stuck(pod gloo.Object) string {
	var p corev1.Pod
	if json.Unmarshal(pod.Raw(), &p) != nil { // none that an API server would have
		return ""
	}
	return stuck.Container(p, Name)
}

// State is how a proxy's pod stands to the agent.
type State int

// The states.
const (
	Unwanted   State = iota // the pod, its namespace or the Policy says so
	Impossible              // Refused says why
	Missing
	Outdated // of another Policy or version
	Present
)

// StateOf is the state of a proxy's pod in a namespace.
func StateOf(proxy gloo.Proxy, namespace string, pol policy.Policy, known refs.Reader) State {
	if !known.Injects(pol, proxy.Annotations(), namespace, pol.Agent.Inject) {
		return Unwanted
	}
	if reason, _ := Refused(proxy, pol.Agent, known); reason != "" {
		return Impossible
	}
	if _, has := proxy.Container(Name); !has {
		return Missing
	}
	if !Current(proxy, pol) {
		return Outdated
	}
	return Present
}

// Current tells whether the agent that a pod got is the one that it would get now.
func Current(proxy gloo.Proxy, pol policy.Policy) bool {
	settings, _ := pol.Agent.For(proxy.Annotations())
	_, now := Container(settings, pol.Collector.Endpoint)
	return proxy.Annotations()[Injected] == now
}

// Mend is how to have an agent run that is stuck, for the reason that Stuck says:
// it is the Policy's, or the cluster's that can not pull the image.
func Mend(pod gloo.Object, stuck string) string {
	why := fmt.Sprintf("kubectl -n %s logs %s -c %s says why, most often agent.extraConfig of the Policy: mend it", pod.Namespace, pod.Name, Name)
	reason, _, _ := strings.Cut(stuck, ":")
	if slices.Contains([]string{"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}, reason) {
		why = "correct agent.image of the Policy, or have the node pull it"
	}
	return why + ", and when every replica goes by that Policy, " + restart(pod)
}

// restart is the command that has a pod made anew.
func restart(pod gloo.Object) string {
	kind, name := pod.Workload()
	if name == "" {
		return fmt.Sprintf("kubectl -n %s delete pod %s, if something makes it anew", pod.Namespace, pod.Name)
	}
	return fmt.Sprintf("kubectl -n %s rollout restart %s %s", pod.Namespace, strings.ToLower(kind), name)
}

// SwitchedOff says what told glootrace to give a pod no agent, and how to take
// that back; empty if neither the pod nor its namespace did.
func SwitchedOff(pod gloo.Object, namespaceLabels map[string]string) (why, fix string) {
	switch policy.OffBy(pod.Annotations(), namespaceLabels) {
	case policy.Annotated:
		why = fmt.Sprintf("the pod's annotation %s is %q", policy.Inject, pod.Annotations()[policy.Inject])
		kind, name := pod.Workload()
		if name == "" {
			return why, "start the pod anew without the annotation"
		}
		return why, OptIn(kind, pod.Namespace, name)
	case policy.Labelled:
		return fmt.Sprintf("the label %s of namespace %s is %q", policy.Inject, pod.Namespace, namespaceLabels[policy.Inject]),
			fmt.Sprintf("kubectl label namespace %s %s-, then glootrace backfill", pod.Namespace, policy.Inject)
	}
	return "", ""
}

// OptIn is the command that takes from the pods of a workload the annotation by
// which they have no agent.
func OptIn(kind, namespace, name string) string {
	return fmt.Sprintf(`kubectl -n %s patch %s %s --type=merge -p '{"spec":{"template":{"metadata":{"annotations":{"%s":null}}}}}'`,
		namespace, strings.ToLower(kind), name, policy.Inject)
}

// OffPort is where an Upstream that leads into the proxy's own pod goes, and
// nothing of the agent listens. What a Policy configures besides may listen anywhere.
func OffPort(u gloo.UpstreamSpec, pol policy.Agent) (port gloo.Value, off bool) {
	if !pol.Inject || u.Ref() != pol.UpstreamRef || pol.ExtraConfig["receivers"] != nil {
		return gloo.Value{}, false
	}
	for _, p := range u.LoopbackPorts() {
		if n, ok := p.Number(); ok && n != Port {
			return p, true
		}
	}
	return gloo.Value{}, false
}
