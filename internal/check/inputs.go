package check

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"path"
	"strconv"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/certs"
	"github.com/glootrace/glootrace/internal/forward"
	"github.com/glootrace/glootrace/internal/target"
)

// cluster is what inputs read from.
type cluster struct {
	server    string
	webhooks  string // name of both configurations
	namespace string // Gloo's
	client    client.Client
	objects   rest.Interface
	disco     discovery.DiscoveryInterface
	// dial connects to a port of a pod.
	dial func(ctx context.Context, pod types.NamespacedName, port int) (net.Conn, error)
}

func clusterOf(config *rest.Config, c client.Client, objects rest.Interface, d discovery.DiscoveryInterface, o Options) cluster {
	return cluster{server: config.Host, webhooks: o.Webhooks, namespace: o.Namespace, client: c, objects: objects, disco: d,
		dial: func(ctx context.Context, pod types.NamespacedName, port int) (net.Conn, error) {
			return forward.Dial(ctx, config, pod, port)
		}}
}

// input is something that checks look at.
type input struct {
	name  string // as an error begins
	after []input
	read  func(context.Context, cluster, *facts) error
}

var (
	serverVersion = input{"the API server's version", nil, readVersion}
	registrations = input{"the webhook configurations", nil, readRegistrations}
	others        = input{"all webhook configurations", nil, readOthers}
	backends      = input{"the webhook's Service and pods", nil, readBackends}
	keeper        = input{"who keeps the certificate", []input{registrations, backends}, readKeeper}
	managerKinds  = input{"cert-manager's objects", []input{keeper}, readCertManager}
	secret        = input{"the certificate's Secret", []input{managerKinds}, readSecret}
	handshakes    = input{"what replicas serve", []input{registrations, backends}, readServed}
	budgets       = input{"PodDisruptionBudgets", []input{backends}, readBudgets}
	deployment    = input{"the webhook's Deployment", []input{backends}, readDeployment}
	policyFile    = input{"the Policy", []input{deployment}, readPolicy}
	policyKnown   = input{"the Policy in force", []input{policyFile}, knowPolicy}
	policyInForce = input{"which Policy replicas have", []input{policyFile}, readLoaded}
	proxyPods     = input{"the proxies' pods", nil, readProxies}
	objects       = input{"Gloo's objects", []input{proxyPods}, readObjects}
	glooControl   = input{"Gloo's Deployment", nil, readGloo}
	trials        = input{"what the API server says to a dry run", []input{registrations, policyKnown, objects, glooControl}, readTrials}
	podTrial      = input{"what the API server says to a dry run of a proxy's pod", []input{registrations, policyKnown, objects, glooControl}, readPodTrial}
	destinations  = input{"where spans are sent", []input{policyKnown, objects}, readDestinations}
	collectorAt   = input{"where agents send spans", []input{policyKnown}, readCollector}
	zipkinAt      = input{"Zipkin's Service", nil, readZipkin}
)

func readVersion(_ context.Context, c cluster, f *facts) (err error) {
	f.server = c.server
	f.version, err = c.disco.ServerVersion()
	return err
}

// readRegistrations reads them once, whoever asks first: readBackends goes on without them.
func readRegistrations(ctx context.Context, c cluster, f *facts) error {
	if f.live == nil && f.liveErr == nil {
		f.live, f.liveErr = certs.ReadLive(ctx, c.client, c.webhooks, false)
	}
	return f.liveErr
}

// addresses are where the API server calls glootrace. The configurations say it; for somebody who may not read them, it
// is the chart's Service.
func addresses(ctx context.Context, c cluster, f *facts) ([]certs.Address, error) {
	err := readRegistrations(ctx, c, f)
	if apierrors.IsForbidden(err) {
		var found corev1.ServiceList
		if c.client.List(ctx, &found, client.InNamespace(c.namespace), target.Labels("webhook")) != nil || len(found.Items) == 0 || len(found.Items[0].Spec.Ports) == 0 {
			return nil, err
		}
		s := found.Items[0]
		return []certs.Address{{Namespace: s.Namespace, Service: s.Name, Host: s.Name + "." + s.Namespace + ".svc", Port: int(s.Spec.Ports[0].Port)}}, nil
	}
	if err != nil {
		return nil, err
	}
	return f.live.Addresses(), nil
}

// readBackends follows the way of the API server: configuration, Service, pods.
func readBackends(ctx context.Context, c cluster, f *facts) error {
	all, err := addresses(ctx, c, f)
	if err != nil {
		return err
	}
	for _, at := range all {
		if at.Service == "" {
			continue
		}
		b := backend{at: at}
		var service corev1.Service
		err := c.client.Get(ctx, client.ObjectKey{Namespace: at.Namespace, Name: at.Service}, &service)
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		if err == nil {
			b.service = &service
		}
		if len(service.Spec.Selector) > 0 {
			var pods corev1.PodList
			if err := c.client.List(ctx, &pods, client.InNamespace(at.Namespace),
				client.MatchingLabelsSelector{Selector: labels.SelectorFromSet(service.Spec.Selector)}); err != nil {
				return err
			}
			for _, p := range pods.Items {
				if p.DeletionTimestamp == nil && (p.Status.Phase == corev1.PodRunning || p.Status.Phase == corev1.PodPending) {
					b.pods = append(b.pods, p)
				}
			}
		}
		f.backends = append(f.backends, b)
	}
	return nil
}

// readDeployment finds the Deployment by the chart's labels and by the configurations that its pods keep: the way of the API
// server ends early if the Service, or a configuration, is not as it should be. Whoever can do without it is not kept
// from it.
func readDeployment(ctx context.Context, c cluster, f *facts) error {
	var namespaces []string
	for _, b := range f.backends {
		namespaces = append(namespaces, b.at.Namespace)
	}
	for _, namespace := range append(namespaces, c.namespace) {
		var found appsv1.DeploymentList
		if err := c.client.List(ctx, &found, client.InNamespace(namespace), target.Labels("webhook")); err != nil {
			f.deploymentErr = err
			continue
		}
		for i, d := range found.Items {
			if _, flags := serving(podOf(d)); flags.webhooks == c.webhooks {
				f.deployment = &found.Items[i]
				return nil
			}
		}
	}
	return nil
}

// podOf is a pod of a Deployment, as its template has it.
func podOf(d appsv1.Deployment) corev1.Pod {
	pod := corev1.Pod{ObjectMeta: d.Spec.Template.ObjectMeta, Spec: d.Spec.Template.Spec}
	pod.Namespace = d.Namespace
	return pod
}

// handshakeWithin bounds a connection to one replica.
const handshakeWithin = 10 * time.Second

// readServed asks each running replica for its certificate, by the port that the
// Service leads to. It proves more than the Secret does, and needs less: no key is read.
func readServed(ctx context.Context, c cluster, f *facts) error {
	ctx, cancel := context.WithTimeout(ctx, handshakeWithin)
	defer cancel()
	var all []func() served
	for _, b := range f.backends {
		if err := mayCreate(ctx, c, b.at.Namespace, "pods", "portforward"); err != nil {
			return err
		}
		for _, pod := range b.pods {
			if pod.Status.Phase != corev1.PodRunning {
				continue
			}
			all = append(all, func() served {
				leaf, err := func() (*tls.Certificate, error) {
					port, err := b.target(pod)
					if err != nil {
						return nil, err
					}
					conn, err := c.dial(ctx, types.NamespacedName{Namespace: pod.Namespace, Name: pod.Name}, port)
					if err != nil {
						return nil, err
					}
					leaf, err := handshake(ctx, conn, b.at.Host)
					if err != nil {
						return nil, fmt.Errorf("port %d: %w", port, err)
					}
					return leaf, nil
				}()
				return served{"pod " + pod.Namespace + "/" + pod.Name, leaf, err}
			})
		}
	}
	for _, at := range f.live.Addresses() {
		if at.Service != "" {
			continue
		}
		all = append(all, func() served {
			address := net.JoinHostPort(at.Host, strconv.Itoa(at.Port))
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
			if err != nil {
				return served{address, nil, err}
			}
			leaf, err := handshake(ctx, conn, at.Host)
			return served{address, leaf, err}
		})
	}
	f.served = make([]served, len(all))
	var wg sync.WaitGroup
	for i, ask := range all {
		wg.Go(func() { f.served[i] = ask() })
	}
	wg.Wait()
	return nil
}

// mayCreate asks for the permission itself: a forwarding that is refused does not tell why in a way that a program
// understands, and a pod may be forbidden by others.
func mayCreate(ctx context.Context, c cluster, namespace, resource, subresource string) error {
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: namespace, Verb: "create", Resource: resource, Subresource: subresource},
	}}
	if err := c.client.Create(ctx, review); err != nil {
		return err
	}
	if !review.Status.Allowed {
		return apierrors.NewForbidden(schema.GroupResource{Resource: path.Join(resource, subresource)}, "", fmt.Errorf("you may not create it in namespace %s", namespace))
	}
	return nil
}

// target is the port of a pod that the API server's calls get to.
func (b backend) target(pod corev1.Pod) (int, error) {
	for _, p := range b.service.Spec.Ports {
		if int(p.Port) != b.at.Port {
			continue
		}
		if p.TargetPort.Type == intstr.Int {
			return p.TargetPort.IntValue(), nil
		}
		for _, c := range pod.Spec.Containers {
			for _, named := range c.Ports {
				if named.Name == p.TargetPort.StrVal {
					return int(named.ContainerPort), nil
				}
			}
		}
		return 0, fmt.Errorf("no container has the port %q that the Service names", p.TargetPort.StrVal)
	}
	return 0, fmt.Errorf("the Service has no port %d", b.at.Port)
}

// handshake takes whatever certificate is served: whether it is to be trusted is
// asked of the API server's bundles later.
func handshake(ctx context.Context, conn net.Conn, host string) (*tls.Certificate, error) {
	defer conn.Close()
	c := tls.Client(conn, &tls.Config{ServerName: host, InsecureSkipVerify: true})
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	chain := c.ConnectionState().PeerCertificates // never empty after a handshake
	leaf := &tls.Certificate{Leaf: chain[0]}
	for _, cert := range chain {
		leaf.Certificate = append(leaf.Certificate, cert.Raw)
	}
	return leaf, nil
}
