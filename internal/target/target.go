// Package target finds in a cluster what verify works with: a gateway's pod, a
// request that it answers, Zipkin, and whoever can be asked where a trace was
// lost. All of them are reached through the API server; no port is opened here.
package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/forward"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/stuck"
	"github.com/glootrace/glootrace/internal/verify"
)

// The ports of what is asked, as Gloo and the chart set them.
const (
	adminPort   = 19000 // of Envoy, on its pod's loopback
	metricsPort = 8888  // of agent and collector
	zipkinPort  = 9411
)

// Labels are those by which what the chart installs for a component is found: webhook, collector or zipkin.
func Labels(component string) client.MatchingLabels {
	return client.MatchingLabels{"app.kubernetes.io/name": "glootrace", "app.kubernetes.io/component": component}
}

// Where says where in a cluster to look.
type Where struct {
	Namespace string // of the chart's collector and Zipkin
	Gateway   string // NAME or NAMESPACE/NAME; empty if any will do
}

// Complete fills in what the options do not say, from the cluster behind config.
// The path is empty if none is wanted.
func Complete(ctx context.Context, config *rest.Config, where Where, o *verify.Options) error {
	namespace := where.Namespace
	c, err := client.New(config, client.Options{})
	if err != nil {
		return fmt.Errorf("asking the cluster: %w", err)
	}
	if o.Gateway == "" {
		objects, err := refs.NewClient(config)
		if err != nil {
			return fmt.Errorf("asking the cluster: %w", err)
		}
		if err := gateway(ctx, objects, where.Gateway, o); err != nil {
			return err
		}
	}
	if o.Zipkin == "" {
		pods, absence, err := ready(ctx, c, namespace, Labels("zipkin"))
		switch {
		case err != nil:
			return err
		case absence.Cause != "":
			return fmt.Errorf("no Zipkin runs, %s: %s", absence.Cause, absence.Fix)
		case len(pods) == 0:
			return fmt.Errorf("the chart's Zipkin is not in namespace %s: name the namespace with -n, or another Zipkin by --zipkin-url", namespace)
		}
		o.Zipkin = urlOf(pods[0], zipkinPort)
	}
	if len(o.CollectorMetrics) == 0 {
		pods, absence, err := ready(ctx, c, namespace, Labels("collector"))
		if err != nil {
			return err
		}
		o.Known.NoCollector = absence
		for _, p := range pods {
			o.CollectorMetrics = append(o.CollectorMetrics, urlOf(p, metricsPort))
		}
	}
	o.Dial = dialer(config)
	return nil
}

// gateway chooses a gateway's pod and a request that it answers.
func gateway(ctx context.Context, c rest.Interface, name string, o *verify.Options) error {
	objects, absent, err := refs.List(ctx, c)
	if err != nil {
		return fmt.Errorf("looking for a gateway: %w", err)
	}
	if slices.Contains(absent, gloo.Gateway) {
		return errors.New("this cluster does not know Gloo's Gateways: is it the right --context?")
	}
	if err := exists(objects, name); err != nil {
		return err
	}
	known := refs.FromObjects(objects, true)
	s, found := choose(objects, known, name, o.Host, o.Path)
	which := "a Gateway"
	if name != "" {
		which = "Gateway " + name
	}
	if !found && o.Host != "" {
		return fmt.Errorf("no VirtualService without TLS that %s serves is for host %s: name another --host, or the gateway by --gateway-url", which, o.Host)
	}
	if !found {
		return fmt.Errorf("there is no VirtualService without TLS that %s serves and that has a route by path alone: name the gateway by --gateway-url", which)
	}
	port, ok := s.gateway.BindPort()
	if !ok {
		return fmt.Errorf("%s has no bindPort: name the gateway by --gateway-url", s.gateway)
	}
	why := ""
	for _, pod := range known.Pods(s.gateway.ProxyNames()) {
		if !pod.Ready() {
			if reason := agent.Stuck(pod); reason != "" && why == "" {
				why = fmt.Sprintf(": container %s of pod %s: %s", agent.Name, pod.Ref(), reason)
			}
			continue
		}
		o.Gateway, o.Host, o.Path = urlOf(pod.Ref(), port), s.host, s.path
		if o.EnvoyAdmin == "" {
			o.EnvoyAdmin = urlOf(pod.Ref(), adminPort)
		}
		if proxy, _ := pod.Proxy(); o.AgentMetrics == "" {
			if _, has := proxy.Container(agent.Name); has {
				o.AgentMetrics = urlOf(pod.Ref(), metricsPort)
			} else {
				o.Known.NoAgent = noAgent(pod, known)
			}
		}
		return nil
	}
	proxies, serve := "proxy", "serves"
	if len(s.gateway.ProxyNames()) > 1 {
		proxies, serve = "proxies", "serve"
	}
	return fmt.Errorf("no pod of %s %s, which %s %s, is ready%s", proxies, strings.Join(s.gateway.ProxyNames(), ", "), serve, s.gateway, why)
}

// exists is an error if a Gateway is named that there is not, or that there is in several namespaces.
func exists(objects []gloo.Object, name string) error {
	var meant, others []string
	for _, o := range ofKind(objects, gloo.Gateway) {
		if named(o, name) {
			meant = append(meant, o.Ref().String())
		} else {
			others = append(others, o.Ref().String())
		}
	}
	switch {
	case name == "", len(meant) == 1:
		return nil
	case len(meant) > 1:
		return fmt.Errorf("which Gateway %s? There is %s: name one as NAMESPACE/NAME", name, strings.Join(meant, ", "))
	case len(others) == 0:
		return fmt.Errorf("there is no Gateway %s, nor any other", name)
	}
	return fmt.Errorf("there is no Gateway %s; there is %s", name, strings.Join(others, ", "))
}

// noAgent is why a proxy's pod has no agent.
func noAgent(pod gloo.Object, known refs.Reader) verify.Absence {
	if why, fix := agent.SwitchedOff(pod, known.NamespaceLabels(pod.Namespace)); why != "" {
		return verify.Absence{Cause: fmt.Sprintf("pod %s runs without the otel-agent, since %s", pod.Ref(), why), Fix: fix}
	}
	return verify.Absence{Cause: fmt.Sprintf("pod %s runs without the otel-agent", pod.Ref()),
		Fix: "glootrace backfill gives it one, if it was missed; glootrace check says what else keeps it from one"}
}

// ready are the pods of the labels that are ready, sorted, or else why none is, as far as that is known.
func ready(ctx context.Context, c client.Client, namespace string, labels client.MatchingLabels) ([]gloo.Ref, verify.Absence, error) {
	var pods corev1.PodList
	if err := c.List(ctx, &pods, client.InNamespace(namespace), labels); err != nil {
		return nil, verify.Absence{}, fmt.Errorf("looking for pods: %w", err)
	}
	var found []gloo.Ref
	alive := slices.DeleteFunc(pods.Items, func(p corev1.Pod) bool { return p.DeletionTimestamp != nil })
	for _, p := range alive {
		if stuck.Ready(p) {
			found = append(found, gloo.Ref{Namespace: p.Namespace, Name: p.Name})
		}
	}
	slices.SortFunc(found, func(a, b gloo.Ref) int { return strings.Compare(a.String(), b.String()) })
	if len(found) > 0 {
		return found, verify.Absence{}, nil
	}
	var d *appsv1.Deployment
	var deployments appsv1.DeploymentList
	if err := c.List(ctx, &deployments, client.InNamespace(namespace), labels); err == nil && len(deployments.Items) > 0 { // else it is only not known
		d = &deployments.Items[0]
	}
	why, fix := stuck.Nobody(d, 1, alive)
	return nil, verify.Absence{Cause: why, Fix: fix}, nil
}

// domain is the end of the names by which pods go in URLs here.
const domain = ".pod"

// urlOf names a port of a pod: http://POD.NAMESPACE.pod:PORT.
func urlOf(pod gloo.Ref, port int) string {
	return "http://" + pod.Name + "." + pod.Namespace + domain + ":" + strconv.Itoa(port)
}

// dialer connects to pods by their names, and to all else by the network.
func dialer(config *rest.Config) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		name, isPod := strings.CutSuffix(host, domain)
		if !isPod {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		dot := strings.LastIndex(name, ".") // a namespace has none
		n, err := strconv.Atoi(port)
		if err != nil || dot < 0 {
			return nil, fmt.Errorf("%s is no port of a pod", address)
		}
		return forward.Dial(ctx, config, types.NamespacedName{Namespace: name[dot+1:], Name: name[:dot]}, n)
	}
}
