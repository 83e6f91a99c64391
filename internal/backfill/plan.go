// Package backfill gives what admission has missed what the Policy adds: proxies
// first, by a restart of their workloads, then Gloo's objects. What is to be done is
// read from the cluster each time, so that whatever ends it, it can be run again.
package backfill

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
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
	// Left are pods that need an agent and can not get it here.
	Left []Left `json:"left"`
}

// Restart is a workload that is to be started anew.
type Restart struct {
	Kind      string   `json:"kind"`
	Namespace string   `json:"namespace"`
	Name      string   `json:"name"`
	Pods      []string `json:"pods"`
	Why       string   `json:"why"`
}

// Addition is an object that gets something.
type Addition struct {
	Kind      gloo.Kind `json:"kind"`
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	Adds      []string  `json:"adds"`
}

// Left is a pod that is left alone.
type Left struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Why       string `json:"why"`
}

func (r Restart) String() string  { return r.Kind + " " + r.Namespace + "/" + r.Name }
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
	dynamic dynamic.Interface
	policy  policy.Policy
}

// New connects to a cluster that has the Policy.
func New(config *rest.Config, pol policy.Policy) (*Cluster, error) {
	c, err := client.New(config, client.Options{})
	if err != nil {
		return nil, fmt.Errorf("asking the cluster: %w", err)
	}
	d, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("asking the cluster: %w", err)
	}
	return &Cluster{c, d, pol}, nil
}

// Plan reads what is to be done.
func (c *Cluster) Plan(ctx context.Context) (Plan, error) {
	p := Plan{Restarts: []Restart{}, Objects: []Addition{}, Left: []Left{}}
	objects, _, err := refs.List(ctx, c.client)
	if err != nil {
		return p, err
	}
	known := refs.FromObjects(objects, true)
	for _, o := range objects {
		if why := c.lacking(o, known); why != "" {
			if err := c.plan(ctx, &p, o, why); err != nil {
				return p, err
			}
		}
	}
	slices.SortFunc(p.Restarts, func(a, b Restart) int { return cmp.Compare(a.String(), b.String()) })
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
	err := missed.Each(ctx, c.dynamic, kind, c.policy, known, visit)
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// lacking says why a pod is to be started anew; empty if it is not.
func (c *Cluster) lacking(o gloo.Object, known refs.Reader) string {
	proxy, ok := o.Proxy()
	if !ok || o.Kind != gloo.Pod || o.Deleting {
		return ""
	}
	annotations := proxy.Annotations()
	if !c.policy.Injects(annotations, known.NamespaceLabels(o.Namespace), o.Namespace, c.policy.Agent.Inject) {
		return ""
	}
	if impossible, _ := agent.Refused(proxy); impossible != "" {
		return ""
	}
	if _, has := proxy.Container(agent.Name); !has {
		return "without agent"
	}
	settings, _ := c.policy.Agent.For(annotations)
	if _, now := agent.Container(settings, c.policy.Collector.Endpoint); annotations[agent.Injected] != now {
		return "agent of another Policy or version"
	}
	return ""
}

// plan adds a pod to the plan, under the workload that makes it.
func (c *Cluster) plan(ctx context.Context, p *Plan, o gloo.Object, why string) error {
	var pod corev1.Pod
	if err := c.client.Get(ctx, client.ObjectKey{Namespace: o.Namespace, Name: o.Name}, &pod); err != nil {
		return client.IgnoreNotFound(err)
	}
	owner := metav1.GetControllerOf(&pod)
	if owner != nil && owner.Kind == "ReplicaSet" {
		var set appsv1.ReplicaSet
		if err := c.client.Get(ctx, client.ObjectKey{Namespace: o.Namespace, Name: owner.Name}, &set); client.IgnoreNotFound(err) != nil {
			return err
		}
		owner = metav1.GetControllerOf(&set)
	}
	if owner == nil || workload(owner.Kind) == nil {
		p.Left = append(p.Left, Left{o.Namespace, o.Name, why + ", and no Deployment, DaemonSet or StatefulSet makes it: start it anew yourself"})
		return nil
	}
	for i, r := range p.Restarts {
		if r.Kind == owner.Kind && r.Namespace == o.Namespace && r.Name == owner.Name {
			p.Restarts[i].Pods = append(r.Pods, o.Name)
			return nil
		}
	}
	p.Restarts = append(p.Restarts, Restart{owner.Kind, o.Namespace, owner.Name, []string{o.Name}, why})
	return nil
}
