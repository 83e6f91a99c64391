package check

import (
	"fmt"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/stuck"
)

// proxies are the proxies' pods that have not ended.
func (f *facts) proxies() []gloo.Object {
	var all []gloo.Object
	for _, o := range f.of(gloo.Pod) {
		if _, ok := o.Proxy(); ok && !o.Finished() {
			all = append(all, o)
		}
	}
	return all
}

func proxiesHaveAgents(f *facts) verdict {
	pods, users := f.proxies(), f.agentUsers()
	var without, impossible []string
	var lost verdict // of the first pod of which it is certain
	with := 0
	for _, o := range pods {
		proxy, _ := o.Proxy()
		switch agent.StateOf(proxy, o.Namespace, f.policy, f.known) {
		case agent.Unwanted:
			_, has := proxy.Container(agent.Name)
			if user, used := users[proxy.ID()]; used && !has && !proxy.HostNetwork() && lost.status == "" {
				lost = f.losing(o, user)
			}
		case agent.Impossible:
			reason, _ := agent.Refused(proxy, f.policy.Agent, f.known)
			impossible = append(impossible, fmt.Sprintf("%s (%s)", o.Ref(), reason))
		case agent.Missing:
			without = append(without, o.Ref().String())
		default:
			with++
		}
	}
	switch {
	case len(without) > 0:
		v := fail("without: %s", few(without))
		if len(f.stuck()) > 0 {
			return v.by("first mend what agents-run finds: pods that are restarted now do not start")
		}
		return v
	case lost.status != "":
		return lost
	case len(impossible) > 0:
		return warn("can have none: %s", few(impossible)).by("see docs/rules.md, GT501")
	case len(pods) == 0:
		return warn("there is no proxy's pod").by("start one: Gloo's chart brings the Deployment gateway-proxy")
	case with < len(pods):
		return ok("%d of %d; the others are told to have none", with, len(pods))
	}
	return ok("%d of %d", with, len(pods))
}

// proxiesStart is about pods that are never made. What refuses them, such as a LimitRange, glootrace does not
// know of when it adds the agent.
func proxiesStart(f *facts) verdict {
	for _, d := range f.proxyDeployments {
		why := stuck.Refused(d)
		if why == "" {
			continue
		}
		v := fail("Deployment %s/%s: %s", d.Namespace, d.Name, why)
		if f.known.Injects(f.policy, d.Spec.Template.Annotations, d.Namespace, f.policy.Agent.Inject) {
			return v.by("if the agent is too much there, set agent.resources of the Policy to what LimitRanges and quotas leave, or do without: kubectl label namespace %s %s=false", d.Namespace, policy.Inject)
		}
		return v
	}
	return verdict{}
}

// losing is the verdict on a pod that is told to have no agent, while a Gateway counts on one.
func (f *facts) losing(pod, gateway gloo.Object) verdict {
	why, fix := agent.SwitchedOff(pod, f.known.NamespaceLabels(pod.Namespace))
	switch {
	case why != "":
	case !f.policy.Agent.Inject:
		why, fix = "agent.inject of the Policy is false", "set agent.inject: true in the Policy, then glootrace backfill"
	default:
		why, fix = "the Policy's namespaces leave out "+pod.Namespace, "name it in namespaces of the Policy, then glootrace backfill"
	}
	return fail("%s has none: %s, and %s sends its spans to the agent: all of them are lost", pod.Ref(), why, gateway).
		by("%s; or, to do without, point %s at Upstream %s", fix, gateway, f.policy.Collector.UpstreamRef)
}

// agentUsers are Gateways, or what they delegate to, which send spans into the pod of the proxy that serves them: the
// first of each proxy, by the proxy's name.
func (f *facts) agentUsers() map[string]gloo.Object {
	users := map[string]gloo.Object{}
	for _, kind := range []gloo.Kind{gloo.Gateway, gloo.MatchableHTTPGateway} {
		for _, o := range f.of(kind) {
			for _, ref := range o.Collectors() {
				u, answer := f.known.Upstream(ref)
				if answer != refs.Found || !u.OnLoopback() {
					continue
				}
				served := []gloo.Object{o}
				if kind == gloo.MatchableHTTPGateway {
					served = f.known.Parents(o)
				}
				for _, gateway := range served {
					for _, proxy := range gateway.ProxyNames() {
						if _, known := users[proxy]; !known {
							users[proxy] = o
						}
					}
				}
			}
		}
	}
	return users
}

// stuckAgent is that of a pod where it does not run, though it should.
type stuckAgent struct {
	pod gloo.Object
	why string
}

func (f *facts) stuck() []stuckAgent {
	var all []stuckAgent
	for _, o := range f.proxies() {
		if why := agent.Stuck(o); why != "" {
			all = append(all, stuckAgent{o, why})
		}
	}
	return all
}

func agentsRun(f *facts) verdict {
	if stuck := f.stuck(); len(stuck) > 0 {
		var pods []string
		for _, s := range stuck {
			pods = append(pods, s.pod.Ref().String()+": "+s.why)
		}
		return fail("container %s of %s", agent.Name, few(pods)).by("%s", agent.Mend(stuck[0].pod, stuck[0].why))
	}
	for _, o := range f.proxies() {
		if proxy, _ := o.Proxy(); proxy.Annotations()[agent.Injected] != "" {
			return ok("")
		}
	}
	return verdict{}
}

// agentsCurrent compares what was injected with what would be now.
func agentsCurrent(f *facts) verdict {
	var old []string
	n := 0
	for _, o := range f.proxies() {
		proxy, _ := o.Proxy()
		if proxy.Annotations()[agent.Injected] == "" {
			continue
		}
		n++
		if !agent.Current(proxy, f.policy) {
			old = append(old, o.Ref().String())
		}
	}
	switch {
	case n == 0:
		return verdict{}
	case len(old) > 0:
		v := warn("of another Policy or version: %s", few(old))
		if len(f.stuck()) > 0 {
			return v.by("leave them: they work, and others do not start; see agents-run")
		}
		return v
	}
	return ok("")
}
