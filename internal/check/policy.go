package check

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/policy"
)

// Policy is the Policy that replicas read in a cluster, and where it is from.
func Policy(ctx context.Context, config *rest.Config, o Options) (pol policy.Policy, from string, err error) {
	c, err := connect(config, o)
	if err != nil {
		return policy.Policy{}, "", err
	}
	f := &facts{}
	read := reading{cluster: c, facts: f, done: map[string]error{}}
	if err := read.all(ctx, []input{registrations, policyFile}); err != nil {
		return policy.Policy{}, "", err
	}
	if err := f.live.Complete(); err != nil {
		return policy.Policy{}, "", fmt.Errorf("%w: without the webhook there is nothing to go by; see glootrace check", err)
	}
	if f.policyUnsaid != "" {
		return policy.Policy{}, "", fmt.Errorf("which Policy holds is not known: %s; mend what glootrace check finds, or name the Policy's file with --policy", f.policyUnsaid)
	}
	return f.policy, f.policyIn, f.policyErr
}

// readPolicy reads the Policy where replicas have it from, a ConfigMap: they say which one, or the Deployment that makes
// them. Without a file the default Policy is meant.
func readPolicy(ctx context.Context, c cluster, f *facts) error {
	pods := f.replicas()
	if f.deployment != nil {
		pods = append(pods, podOf(*f.deployment))
	}
	for _, pod := range pods {
		container, flags := serving(pod)
		if container == nil {
			continue
		}
		if flags.policy == "" {
			f.policy, f.policyIn = policy.Default(), "the default Policy"
			return nil
		}
		name := mounted(pod, *container, path.Dir(flags.policy), func(v corev1.Volume) string {
			if v.ConfigMap == nil {
				return ""
			}
			return v.ConfigMap.Name
		})
		if name == "" {
			f.policyUnsaid = "replicas read " + flags.policy + ", which is no ConfigMap's"
			return nil
		}
		f.policyIn = "ConfigMap " + pod.Namespace + "/" + name
		var m corev1.ConfigMap
		err := c.client.Get(ctx, types.NamespacedName{Namespace: pod.Namespace, Name: name}, &m)
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		src, found := m.Data[path.Base(flags.policy)]
		switch {
		case err != nil:
			f.policyErr = errors.New("it does not exist")
		case !found:
			f.policyErr = fmt.Errorf("it has no key %s", path.Base(flags.policy))
		default:
			f.policySource = []byte(src)
			var p policy.Policy
			if p, f.policyErr = policy.Parse(path.Base(flags.policy), f.policySource); f.policyErr == nil {
				f.policy = p
			}
		}
		return nil
	}
	f.policyUnsaid = "neither a replica behind the Service says it nor a Deployment that would make some"
	return f.deploymentErr
}

// knowPolicy keeps checks that go by the Policy from being asked by another one than holds: replicas keep the one before
// a wrong one, and nothing tells what it was.
func knowPolicy(_ context.Context, _ cluster, f *facts) error {
	if f.policyErr != nil || f.policyUnsaid != "" {
		return toldBy("policy-valid")
	}
	return nil
}

func policyValid(f *facts) verdict {
	if f.policyUnsaid != "" {
		return unknown("%s", f.policyUnsaid).by("mend what the group webhook finds; the chart's Deployment is looked for in the namespace of -n, and in that of the Service")
	}
	if f.policyErr != nil {
		return fail("%s: %v", f.policyIn, f.policyErr).by("mend it; until then replicas that run keep the Policy before, and new ones do not start")
	}
	return ok("%s", f.policyIn)
}

// loaded is what a replica says of the Policy in force there.
type loaded struct {
	who  string
	hash float64
	err  error
}

// readLoaded asks replicas for their metrics.
func readLoaded(ctx context.Context, c cluster, f *facts) error {
	if f.policySource == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeWithin)
	defer cancel()
	for _, pod := range f.replicas() {
		container, _ := serving(pod)
		if container == nil || pod.Status.Phase != corev1.PodRunning {
			continue
		}
		if err := mayCreate(ctx, c, pod.Namespace, "pods", "portforward"); err != nil {
			return err
		}
		hash, err := policyHash(ctx, c, pod, *container)
		f.loaded = append(f.loaded, loaded{"pod " + pod.Namespace + "/" + pod.Name, hash, err})
	}
	return nil
}

func policyHash(ctx context.Context, c cluster, pod corev1.Pod, container corev1.Container) (float64, error) {
	port := 8080 // the default of --metrics-address
	for _, p := range container.Ports {
		if p.Name == "metrics" {
			port = int(p.ContainerPort)
		}
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return c.dial(ctx, types.NamespacedName{Namespace: pod.Namespace, Name: pod.Name}, port)
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://replica/metrics", nil)
	if err != nil {
		return 0, err
	}
	response, err := (&http.Client{Transport: transport, Timeout: handshakeWithin}).Do(request)
	if err != nil {
		return 0, fmt.Errorf("its metrics: %w", err)
	}
	defer response.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		return 0, fmt.Errorf("its metrics: %w", err)
	}
	const name = "glootrace_policy_hash"
	if families[name] == nil || len(families[name].Metric) == 0 {
		return 0, fmt.Errorf("its metrics do not have %s", name)
	}
	return families[name].Metric[0].GetGauge().GetValue(), nil
}

func policyLoaded(f *facts) verdict {
	if len(f.loaded) == 0 || f.policyErr != nil {
		return verdict{}
	}
	want := policy.Hash(f.policySource)
	for _, l := range f.loaded {
		switch {
		case l.err != nil:
			return warn("%s: %v", l.who, l.err).by("look at its log, and whether it is of another version")
		case l.hash != want:
			return warn("%s has another one", l.who)
		}
	}
	return ok("%d asked", len(f.loaded))
}
