package validate

import (
	"slices"
	"strconv"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// proxy checks that a proxy's pod has the agent that the Policy asks for.
func (c check) proxy(p gloo.Proxy) {
	annotations := p.Annotations()
	if !c.known.Injects(c.policy, annotations, c.object.Namespace, c.policy.Agent.Inject) {
		return
	}
	if _, refused := c.policy.Agent.For(annotations); len(refused) > 0 {
		for _, annotation := range refused {
			c.Add(finding.RefusedOverride, p.Metadata.Path.Child("annotations", annotation), "annotation", annotation)
		}
	}
	reason, path := agent.Refused(p, c.policy.Agent, c.known)
	if reason != "" {
		why := impossible[reason]
		c.Add(finding.AgentImpossible, path, "reason", why.reason, "fix", why.fix)
		return
	}
	if _, ok := p.Container(agent.Name); !ok && c.object.Kind == gloo.Pod { // the pods of a workload get it when they are created
		c.Add(finding.NoAgent, p.Spec.Path)
	}
}

// bindPort checks that no proxy of a Gateway has an agent where the Gateway wants to listen.
func (c check) bindPort(gateway gloo.Object) {
	port, _ := gateway.BindPort()
	if !slices.Contains(agent.Ports, port) {
		return
	}
	with := slices.DeleteFunc(c.known.Pods(gateway.ProxyNames()), func(pod gloo.Object) bool {
		return pod.Annotations()[agent.Injected] == ""
	})
	if len(with) > 0 {
		c.Add(finding.AgentsPort, gateway.Spec().Path.Child("bindPort"), "port", strconv.Itoa(port), "pods", gloo.Names(with))
	}
}

// impossible says for each reason what it means and what to do.
var impossible = map[gloo.NoAgent]struct{ reason, fix string }{
	gloo.OnHostNetwork: {"the pod is on hostNetwork, where the agent's ports are its node's",
		"run an agent on each node, and point the Gateway at it"},
	gloo.AgentPortUsed: {"a port that the agent needs is taken in this pod",
		"free the ports 4317 and 8888 in this pod"},
	gloo.GatewayOnPort: {"a Gateway of this proxy has a bindPort that the agent needs",
		"give that Gateway another bindPort than 4317 and 8888, then start the pod anew"},
	gloo.OtherAgent: {"a container of this name is there already, and not from glootrace",
		"remove it, or opt out by the annotation glootrace.dev/inject: \"false\""},
	gloo.OnWindows: {"the pod is for Windows, and the agent is for Linux",
		"run an agent elsewhere, and point the Gateway at it"},
	gloo.IsMirror: {"the kubelet runs this pod from a file of its node",
		"add the agent to that file: glootrace inject -f FILE"},
	gloo.NoAnnotation: {"the pod's annotations take nearly all of the 256 KiB that they may",
		"shorten the longest, or move it elsewhere"},
	gloo.OverBudget: {"with it the pod would exceed its own spec.resources, and be refused",
		"raise them by agent.resources of the Policy, or lower those"},
}
