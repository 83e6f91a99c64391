package check

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

// destination is a host that spans are sent to.
type destination struct {
	gloo.Address
	// key is the Service that the host names; without one the host is none of this cluster's Services.
	key     client.ObjectKey
	service *corev1.Service
	ready   int // endpoints
}

// inCluster is the Service that a host names, as seen from pods of a namespace.
func inCluster(host, from string) (client.ObjectKey, bool) {
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" || host == "" {
		return client.ObjectKey{}, false
	}
	parts := strings.Split(host, ".")
	switch {
	case len(parts) == 1:
		return client.ObjectKey{Namespace: from, Name: host}, true
	case len(parts) == 2 || len(parts) > 2 && parts[2] == "svc":
		return client.ObjectKey{Namespace: parts[1], Name: parts[0]}, true
	}
	return client.ObjectKey{}, false
}

// readDestinations follows the Upstreams that tracing uses to Services and endpoints.
func readDestinations(ctx context.Context, c cluster, f *facts) error {
	f.destinations = map[gloo.Ref][]destination{}
	for _, ref := range f.upstreams() {
		u, answer := f.known.Upstream(ref)
		if answer != refs.Found {
			continue
		}
		for _, a := range u.Addresses() {
			d, err := resolve(ctx, c, a, c.namespace)
			if err != nil {
				return err
			}
			f.destinations[ref] = append(f.destinations[ref], d)
		}
	}
	return nil
}

// readCollector follows the agents' endpoint likewise.
func readCollector(ctx context.Context, c cluster, f *facts) (err error) {
	host, port, err := net.SplitHostPort(f.policy.Collector.Endpoint)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(port)
	f.collector, err = resolve(ctx, c, gloo.Address{Host: host, Port: n}, c.namespace)
	return err
}

func resolve(ctx context.Context, c cluster, a gloo.Address, from string) (destination, error) {
	d := destination{Address: a}
	key, ok := inCluster(a.Host, from)
	if !ok {
		return d, nil
	}
	d.key = key
	var s corev1.Service
	if err := c.client.Get(ctx, key, &s); err != nil {
		return d, client.IgnoreNotFound(err)
	}
	d.service = &s
	var err error
	d.ready, err = endpoints(ctx, c, key)
	return d, err
}

// endpoints counts those of a Service that are ready.
func endpoints(ctx context.Context, c cluster, key client.ObjectKey) (ready int, err error) {
	var slices discoveryv1.EndpointSliceList
	if err := c.client.List(ctx, &slices, client.InNamespace(key.Namespace), client.MatchingLabels{discoveryv1.LabelServiceName: key.Name}); err != nil {
		return 0, err
	}
	for _, s := range slices.Items {
		for _, e := range s.Endpoints {
			if e.Conditions.Ready == nil || *e.Conditions.Ready {
				ready += len(e.Addresses)
			}
		}
	}
	return ready, nil
}

// upstreams are the Upstreams that tracing uses, or would use by the Policy, sorted.
func (f *facts) upstreams() []gloo.Ref {
	all := slices.Clone(f.policy.Collectors())
	for _, o := range f.objects {
		all = append(all, o.Collectors()...)
	}
	slices.SortFunc(all, func(a, b gloo.Ref) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(all)
}

func upstreamsExist(f *facts) verdict {
	var names []string
	for _, ref := range f.upstreams() {
		users := f.known.UsersOf(ref)
		if _, answer := f.known.Upstream(ref); answer != refs.Found {
			if len(users) == 0 {
				return warn("Upstream %s, which the Policy names, does not exist: Gateways are not pointed at it", ref)
			}
			v := fail("Upstream %s, which %s uses, does not exist", ref, gloo.Names(users))
			if !slices.Contains(f.policy.Collectors(), ref) {
				return v.by("make that Upstream, or have %s name another one in its tracing block: %s", gloo.Names(users), f.policy.Collectors()[0])
			}
			return v
		}
		names = append(names, ref.String())
	}
	return ok("%s", strings.Join(names, ", "))
}

func upstreamsSpeakHTTP2(f *facts) verdict {
	for _, ref := range f.upstreams() {
		if u, answer := f.known.Upstream(ref); answer == refs.Found && !u.SpeaksHTTP2() && !u.IsKubernetes() {
			return fail("Upstream %s: all spans that are sent to it are lost", ref).by("kubectl -n %s patch upstream %s --type=merge -p '{\"spec\":{\"useHttp2\":true}}'", ref.Namespace, ref.Name)
		}
	}
	return ok("")
}

func upstreamsResolve(f *facts) verdict {
	for _, ref := range f.upstreams() {
		u, _ := f.known.Upstream(ref)
		if p, off := agent.OffPort(u, f.policy.Agent); off {
			return fail("Upstream %s goes to port %s of the proxy's own pod, where the agent listens on %d", ref, p.Raw(), agent.Port).
				by(`kubectl -n %s patch upstreams.gloo.solo.io %s --type=json -p '[{"op":"replace","path":"%s","value":%d}]'`, ref.Namespace, ref.Name, p.Path.Pointer(), agent.Port)
		}
		for _, d := range f.destinations[ref] {
			if why := d.unreachable(); why != "" {
				return d.mended(fail("Upstream %s: %s", ref, why))
			}
		}
	}
	return ok("")
}

// unreachable says why nothing gets there; empty if nothing is known to be in the way.
func (d destination) unreachable() string {
	switch {
	case d.key.Name == "":
		return ""
	case d.service == nil:
		return fmt.Sprintf("%s: there is no Service %s", d.Host, d.key)
	case d.Port != 0 && !slices.ContainsFunc(d.service.Spec.Ports, func(p corev1.ServicePort) bool { return int(p.Port) == d.Port }):
		return fmt.Sprintf("%s: Service %s has no port %d", d.Host, d.key, d.Port)
	case d.empty():
		return fmt.Sprintf("Service %s has no ready endpoint", d.key)
	}
	return ""
}

// empty tells whether nothing is ready behind the Service.
func (d destination) empty() bool {
	return d.service != nil && d.ready == 0 && d.service.Spec.Type != corev1.ServiceTypeExternalName
}

// mended is the verdict with how to see why nothing is ready, if that is it.
func (d destination) mended(v verdict) verdict {
	if d.empty() {
		return v.by("see why: kubectl -n %s get deployments,statefulsets,pods,events", d.key.Namespace)
	}
	return v
}

func collectorReady(f *facts) verdict {
	if why := f.collector.unreachable(); why != "" {
		return f.collector.mended(fail("%s", why))
	}
	if f.collector.service == nil {
		return ok("%s is not in this cluster", f.policy.Collector.Endpoint)
	}
	return ok("Service %s, %d ready", f.collector.key, f.collector.ready)
}
