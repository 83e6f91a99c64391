package check

import (
	"context"
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/gloo"
)

// podResult is what became of a proxy's pod that the API server was asked to admit, and not to keep.
type podResult struct {
	of    string // the Deployment; empty if none was asked
	agent bool
	err   error
}

// readPodTrial asks for a pod of the first Deployment whose pods the webhook would give an agent.
func readPodTrial(ctx context.Context, c cluster, f *facts) error {
	for _, d := range f.proxyDeployments {
		pod := podOf(d)
		pod.Name, pod.GenerateName = "", d.Name+"-"
		proxy, err := proxyOf(pod)
		if err != nil {
			return err
		}
		if agent.StateOf(proxy, d.Namespace, f.policy, f.known) != agent.Missing {
			continue
		}
		if err := mayCreate(ctx, c, d.Namespace, "pods", ""); err != nil {
			return err
		}
		f.pod.of = "Deployment " + d.Namespace + "/" + d.Name
		if f.pod.err = c.client.Create(ctx, &pod, client.DryRunAll); f.pod.err != nil {
			return nil
		}
		if proxy, err = proxyOf(pod); err == nil {
			_, f.pod.agent = proxy.Container(agent.Name)
		}
		return err
	}
	return nil
}

// proxyOf is a pod as the engine sees it.
func proxyOf(pod corev1.Pod) (gloo.Proxy, error) {
	pod.APIVersion, pod.Kind = "v1", "Pod" // a client takes it away
	raw, err := json.Marshal(pod)
	if err != nil {
		return gloo.Proxy{}, err
	}
	o, err := gloo.Decode(raw)
	if err != nil {
		return gloo.Proxy{}, err
	}
	proxy, _ := o.Proxy()
	return proxy, nil
}

func completesPods(f *facts) verdict {
	t := f.pod
	switch {
	case t.of == "":
		return verdict{} // no Deployment, or none that wants an agent
	case t.err != nil:
		return unknown("a pod of %s, as a dry run, was not admitted: %v", t.of, t.err).by("see proxies-start, and whatever refuses it")
	case !t.agent:
		why, see := f.unasked(f.live.Mutating != nil, "MutatingWebhookConfiguration")
		return fail("a pod of %s, as a dry run, came back without the agent: %s", t.of, why).by("%s", see)
	}
	return ok("a pod of %s as a dry run", t.of)
}
