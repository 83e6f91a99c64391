package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	registrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	certutil "k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/certs"
	"github.com/glootrace/glootrace/internal/check"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/test/env"
)

var worlds sync.Map // by namespace

// world is an installation of glootrace that is well, in a namespace of its own.
type world struct {
	t         testing.TB
	namespace string // and the name of the webhook configurations
	replicas  []*corev1.Pod
	policy    string // as replicas say that it is in force
	leaf      atomic.Pointer[tls.Certificate]
	listener  net.Listener // the replicas' port
	metrics   *httptest.Server
}

func newWorld(t testing.TB, args ...string) *world {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "world-"}}
	if err := admin.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, namespace: ns.Name}
	worlds.Store(w.namespace, w)
	var err error
	if w.listener, err = tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		if leaf := w.leaf.Load(); leaf != nil {
			return leaf, nil
		}
		return nil, errors.New("no certificate yet")
	}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.listener.Close() })
	go func() {
		for {
			c, err := w.listener.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); c.(*tls.Conn).HandshakeContext(context.Background()) }()
		}
	}()
	mutating, validating := w.configurations()
	t.Cleanup(func() {
		for _, o := range []client.Object{mutating, validating} {
			if err := client.IgnoreNotFound(admin.Delete(context.Background(), o)); err != nil {
				t.Error(err)
			}
		}
	})
	labels := map[string]string{"app": "glootrace"}
	w.policy = "apiVersion: glootrace.dev/v1alpha1\nkind: Policy\ngloo: {version: 1.18.3}\n"
	w.create(mutating, validating,
		&corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "glootrace"},
			Spec:       corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{Port: 443, TargetPort: intstr.FromString("webhook")}}},
		},
		&policyv1.PodDisruptionBudget{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "glootrace"},
			Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}},
		},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "policy"}, Data: map[string]string{"policy.yaml": w.policy}})
	for _, name := range []string{"glootrace-0", "glootrace-1"} {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name, Labels: labels},
			Spec: corev1.PodSpec{NodeName: node.Name,
				Containers: []corev1.Container{{Name: "webhook", Image: "glootrace", Args: append([]string{"webhook", "--policy=/etc/glootrace/policy.yaml"}, args...),
					Ports:        []corev1.ContainerPort{{Name: "webhook", ContainerPort: 10250}, {Name: "metrics", ContainerPort: 8080}},
					VolumeMounts: []corev1.VolumeMount{{Name: "policy", MountPath: "/etc/glootrace"}, {Name: "certs", MountPath: "/certs/"}}}},
				Volumes: []corev1.Volume{
					{Name: "policy", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "policy"}}}},
					{Name: "certs", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "mine"}}},
				}},
		}
		w.create(pod)
		w.replicas = append(w.replicas, pod)
		w.ready(pod, corev1.ConditionTrue)
	}
	w.metrics = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(rw, "# TYPE glootrace_policy_hash gauge\nglootrace_policy_hash %g\n", policy.Hash([]byte(w.policy)))
	}))
	t.Cleanup(w.metrics.Close)
	return w
}

// deploy makes the Deployment of the replicas, as the chart does, with so many of them.
func (w *world) deploy(replicas int32) {
	w.t.Helper()
	pod := w.replicas[0].DeepCopy()
	pod.Spec.NodeName, pod.Spec.Containers[0].Args = "", append(pod.Spec.Containers[0].Args, "--webhook-config="+w.namespace)
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "glootrace", Labels: map[string]string{"app.kubernetes.io/name": "glootrace", "app.kubernetes.io/component": "webhook"}},
		Spec: appsv1.DeploymentSpec{Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: pod.Labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: pod.Labels}, Spec: pod.Spec}}}
	w.create(d)
	d.Status.Replicas = replicas
	if err := admin.Status().Update(w.t.Context(), d); err != nil {
		w.t.Fatal(err)
	}
}

// host is what the API server calls.
func (w *world) host() string { return "glootrace." + w.namespace + ".svc" }

// address is where a port of a pod is on this host.
func (w *world) address(pod string, port int) (string, error) {
	switch port {
	case 10250:
		return w.listener.Addr().String(), nil
	case 8080:
		return w.metrics.Listener.Addr().String(), nil
	}
	return "", fmt.Errorf("nobody listens on port %d of %s", port, pod)
}

// configurations are those of the chart, which leave out the namespaces that other tests have objects in.
func (w *world) configurations() (*registrationv1.MutatingWebhookConfiguration, *registrationv1.ValidatingWebhookConfiguration) {
	w.t.Helper()
	mutating, validating, err := env.WebhookConfigurations("v1.34.0", map[string]any{
		"webhook": map[string]any{"excludedNamespaces": []any{"gloo-system", "default", w.namespace}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	mutating.Name, validating.Name = w.namespace, w.namespace
	for i := range mutating.Webhooks {
		mutating.Webhooks[i].ClientConfig.Service.Namespace = w.namespace
	}
	for i := range validating.Webhooks {
		validating.Webhooks[i].ClientConfig.Service.Namespace = w.namespace
	}
	return mutating, validating
}

func (w *world) create(objects ...client.Object) {
	w.t.Helper()
	for _, o := range objects {
		if err := admin.Create(w.t.Context(), o); err != nil {
			w.t.Fatal(err)
		}
	}
}

// change reads an object and writes it after a change.
func change[T client.Object](w *world, o T, name string, by func(T)) {
	w.t.Helper()
	if err := admin.Get(w.t.Context(), client.ObjectKey{Namespace: w.namespace, Name: name}, o); err != nil {
		w.t.Fatal(err)
	}
	by(o)
	if err := admin.Update(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) delete(o client.Object, name string) {
	w.t.Helper()
	o.SetNamespace(w.namespace)
	o.SetName(name)
	if err := admin.Delete(w.t.Context(), o, client.GracePeriodSeconds(0)); err != nil {
		w.t.Fatal(err)
	}
}

// ready writes a replica's status as a kubelet does.
func (w *world) ready(pod *corev1.Pod, status corev1.ConditionStatus) {
	w.t.Helper()
	pod.Status.Phase = corev1.PodRunning
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: status, Message: "containers with unready status: [webhook]"}}
	if err := admin.Status().Update(w.t.Context(), pod); err != nil {
		w.t.Fatal(err)
	}
}

// selfManaged is a world in which glootrace has made its certificates, as it does, and has stopped.
func selfManaged(t testing.TB) *world {
	t.Helper()
	w := newWorld(t, "--webhook-config=glootrace", "--port", "10250")
	w.keep(certs.Timing{})
	return w
}

// keep lets glootrace keep the certificates until all is well.
func (w *world) keep(timing certs.Timing) {
	w.t.Helper()
	timing.Interval = 100 * time.Millisecond
	source, err := certs.New(cluster.Config, certs.Options{Namespace: w.namespace, Secret: "glootrace-certs",
		Names: []string{w.host()}, Webhooks: w.namespace, Timing: timing}, prometheus.NewRegistry(), logr.Discard())
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); source.Start(ctx) }()
	defer func() { cancel(); <-ended }()
	for end := time.Now().Add(20 * time.Second); source.Healthy() != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatal(source.Healthy())
		}
	}
	leaf, err := source.GetCertificate(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.leaf.Store(leaf)
}

// withFiles is a world in which somebody else has made the certificate: Secret, bundle and files are there.
func withFiles(t testing.TB) *world {
	t.Helper()
	w := newWorld(t, "--cert-dir", "/certs")
	crt, key, err := certutil.GenerateSelfSignedCertKey(w.host(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	ca := crt[strings.Index(string(crt), "-----END CERTIFICATE-----\n")+len("-----END CERTIFICATE-----\n"):]
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "mine"}, Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{"tls.crt": crt, "tls.key": key, "ca.crt": ca}})
	pair, err := tls.X509KeyPair(crt, key)
	if err != nil {
		t.Fatal(err)
	}
	w.leaf.Store(&pair)
	w.trust(ca)
	return w
}

// trust writes the bundle.
func (w *world) trust(bundle []byte) {
	w.t.Helper()
	change(w, &registrationv1.MutatingWebhookConfiguration{}, w.namespace, func(c *registrationv1.MutatingWebhookConfiguration) {
		for i := range c.Webhooks {
			c.Webhooks[i].ClientConfig.CABundle = bundle
		}
	})
	change(w, &registrationv1.ValidatingWebhookConfiguration{}, w.namespace, func(c *registrationv1.ValidatingWebhookConfiguration) {
		for i := range c.Webhooks {
			c.Webhooks[i].ClientConfig.CABundle = bundle
		}
	})
}

// annotate asks cert-manager for its CA, as the chart does.
func (w *world) annotate(certificate string) {
	w.t.Helper()
	set := func(o client.Object) { o.SetAnnotations(map[string]string{cmapi.WantInjectAnnotation: certificate}) }
	change(w, &registrationv1.MutatingWebhookConfiguration{}, w.namespace, func(c *registrationv1.MutatingWebhookConfiguration) { set(c) })
	change(w, &registrationv1.ValidatingWebhookConfiguration{}, w.namespace, func(c *registrationv1.ValidatingWebhookConfiguration) { set(c) })
}

// check asks the cluster about this world's webhook.
func (w *world) check() check.Report {
	w.t.Helper()
	report, err := check.Run(w.t.Context(), cluster.Config, groups("kubernetes", "webhook", "certificates", "policy"),
		check.Options{Webhooks: w.namespace, Namespace: w.namespace})
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

// groups are those of the names.
func groups(names ...string) []check.Group {
	return slices.DeleteFunc(slices.Clone(check.Groups), func(g check.Group) bool { return !slices.Contains(names, g.Name) })
}
