// Package backfill gives what admission has missed what the Policy adds: proxies
// first, by a restart of their workloads, then Gloo's objects. What is to be done is
// read from the cluster each time, so that whatever ends it, it can be run again.
package backfill

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/missed"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

// Plan is what is to be done. Its JSON is an interface that programs rely on.
type Plan struct {
	// Restarts are workloads whose pods have no agent, or one of another Policy or version.
	Restarts []Restart `json:"restarts"`
	// Objects are those that lack what the Policy adds, in the order in which they get it.
	Objects []Addition `json:"objects"`
	// Left are workloads and pods that need an agent and can not get it here.
	Left []Left `json:"left"`
	// OptedOut are workloads whose pods the Policy would give an agent, if they were not told to have none.
	OptedOut []OptedOut `json:"optedOut"`
	// Error is why it is not known.
	Error string `json:"error,omitempty"`
}

// Unknown is the plan of somebody who could not ask.
func Unknown(why error) Plan {
	return Plan{Restarts: []Restart{}, Objects: []Addition{}, Left: []Left{}, OptedOut: []OptedOut{}, Error: why.Error()}
}

// Workload is what makes pods, or a pod that nothing makes.
type Workload struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// Restart is a workload that is to be started anew.
type Restart struct {
	Workload
	Pods []string `json:"pods"`
	Why  string   `json:"why"`
	// Underway is whether a restart has begun, and is only to be waited for.
	Underway bool `json:"underway"`
}

// Addition is an object that gets something.
type Addition struct {
	Kind      gloo.Kind `json:"kind"`
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	Adds      []string  `json:"adds"`
}

// Left is a workload or a pod that is left alone.
type Left struct {
	Workload
	Why string `json:"why"`
}

// OptedOut is a workload whose pods are annotated to have no agent, by hand or by a rollback.
type OptedOut struct {
	Workload
	// Back is the command that takes the annotation back.
	Back string `json:"back"`
}

func (w Workload) String() string { return w.Kind + " " + w.Namespace + "/" + w.Name }
func (a Addition) String() string { return string(a.Kind) + " " + a.Namespace + "/" + a.Name }

// Empty tells whether nothing is to be done.
func (p Plan) Empty() bool { return len(p.Restarts)+len(p.Objects) == 0 }

// kinds in the order in which their objects are completed: where spans go to, before
// who sends them there.
var kinds = []gloo.Kind{
	gloo.Upstream, gloo.Gateway, gloo.MatchableHTTPGateway, gloo.HTTPListenerOption,
	gloo.VirtualHostOption, gloo.RouteOption, gloo.VirtualService, gloo.RouteTable,
}

// Cluster is where a backfill works.
type Cluster struct {
	client  client.Client
	objects rest.Interface
	policy  policy.Policy
}

// New connects to a cluster that has the Policy.
func New(config *rest.Config, pol policy.Policy) (*Cluster, error) {
	c, err := client.New(config, client.Options{})
	if err != nil {
		return nil, fmt.Errorf("asking the cluster: %w", err)
	}
	objects, err := refs.NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("asking the cluster: %w", err)
	}
	return &Cluster{c, objects, pol}, nil
}

// Plan reads what is to be done; if workloads are named, then only to their pods.
func (c *Cluster) Plan(ctx context.Context, only ...types.NamespacedName) (Plan, error) {
	p := Plan{Restarts: []Restart{}, Objects: []Addition{}, Left: []Left{}, OptedOut: []OptedOut{}}
	for _, name := range only {
		if err := c.exists(ctx, name); err != nil {
			return p, err
		}
	}
	objects, _, err := refs.List(ctx, c.objects)
	if err != nil {
		return p, err
	}
	known := refs.FromObjects(objects, true)
	needs, err := c.needs(ctx, objects, known)
	if err != nil {
		return p, err
	}
	for _, n := range needs {
		if len(only) == 0 || slices.Contains(only, types.NamespacedName{Namespace: n.Namespace, Name: n.Name}) {
			if err := c.plan(ctx, &p, n, known); err != nil {
				return p, err
			}
		}
	}
	if len(only) > 0 {
		return p, nil
	}
	for _, kind := range kinds {
		err := c.each(ctx, kind, known, func(o missed.Object) error {
			p.Objects = append(p.Objects, Addition{kind, o.Live.GetNamespace(), o.Live.GetName(), o.Result.Added})
			return nil
		})
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

// each is missed.Each, for a kind that the cluster may not have.
func (c *Cluster) each(ctx context.Context, kind gloo.Kind, known refs.Reader, visit func(missed.Object) error) error {
	err := missed.Each(ctx, c.objects, kind, c.policy, func() refs.Reader { return known }, visit)
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// need is a workload, with those of its pods that have not the agent that they would have if they started now.
type need struct {
	Workload
	pods []corev1.Pod
	why  string // empty if all of them are told to have none
}

// needs are sorted by their workloads.
func (c *Cluster) needs(ctx context.Context, objects []gloo.Object, known refs.Reader) ([]need, error) {
	found := map[Workload]need{}
	for _, o := range objects {
		why, optedOut := c.lacking(o, known)
		if why == "" && !optedOut {
			continue
		}
		var pod corev1.Pod
		if err := json.Unmarshal(o.Raw(), &pod); err != nil {
			return nil, fmt.Errorf("%s: %w", o, err)
		}
		w, err := c.owner(ctx, pod)
		if err != nil {
			return nil, err
		}
		n := found[w]
		found[w] = need{w, append(n.pods, pod), cmp.Or(n.why, why)}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b need) int { return cmp.Compare(a.String(), b.String()) }), nil
}

// lacking says why a pod is to be started anew, empty if it is not, and whether it has no agent because its own
// annotation says so.
func (c *Cluster) lacking(o gloo.Object, known refs.Reader) (why string, optedOut bool) {
	proxy, ok := o.Proxy()
	if !ok || o.Kind != gloo.Pod || o.Deleting {
		return "", false
	}
	switch agent.StateOf(proxy, o.Namespace, c.policy, known) {
	case agent.Unwanted:
		return "", c.injects(nil, o.Namespace, known)
	case agent.Missing:
		return "without agent", false
	case agent.Outdated:
		return "agent of another Policy or version", false
	}
	return "", false
}

// injects tells whether pods with these annotations get an agent.
func (c *Cluster) injects(annotations map[string]string, namespace string, known refs.Reader) bool {
	return known.Injects(c.policy, annotations, namespace, c.policy.Agent.Inject)
}

// plan adds what a workload needs to the plan.
func (c *Cluster) plan(ctx context.Context, p *Plan, n need, known refs.Reader) error {
	if workload(n.Kind) == nil {
		if n.why != "" {
			p.Left = append(p.Left, Left{n.Workload, n.why + ", and no Deployment, DaemonSet or StatefulSet makes it: start it anew yourself"})
		}
		return nil
	}
	o, err := c.read(ctx, n.Workload)
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	_, template := parts(o)
	switch still := standstill(o); {
	case !c.injects(template.Annotations, n.Namespace, known):
		p.OptedOut = append(p.OptedOut, OptedOut{n.Workload, agent.OptIn(n.Kind, n.Namespace, n.Name)})
	case n.why == "": // it is just being opted in again
	case still != "":
		p.Left = append(p.Left, Left{n.Workload, strings.Join(podNames(n.pods), ", ") + ", " + n.why + ": " + still})
	default:
		p.Restarts = append(p.Restarts, Restart{n.Workload, podNames(n.pods), n.why, underway(o, n.pods)})
	}
	return nil
}

func podNames(pods []corev1.Pod) []string {
	var names []string
	for _, p := range pods {
		names = append(names, p.Name)
	}
	return names
}
