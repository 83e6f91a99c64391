package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	registrationv1 "k8s.io/api/admissionregistration/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/certs"
)

const name = "glootrace" // of both webhook configurations

var secretKey = client.ObjectKey{Namespace: "gloo-system", Name: "glootrace-certs"}

// fleet is any number of replicas behind one address, which is what the API
// server calls. As a Service does, it passes connections to ready replicas only.
type fleet struct {
	t        testing.TB
	listener net.Listener
	mu       sync.Mutex
	replicas []*replica
	turn     int
}

// replica is what a glootrace process is to the API server: a certificate and an
// answer. It has the permissions that glootrace has in a cluster.
type replica struct {
	*certs.Source
	address string
	metrics *prometheus.Registry
	calls   sync.WaitGroup // under way
	die     func()
}

// newFleet registers a webhook without a CA bundle, with an empty Secret, and cleans up after the test.
func newFleet(t testing.TB) *fleet {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{t: t, listener: listener}
	go f.balance()
	t.Cleanup(func() {
		listener.Close()
		for _, r := range f.all() {
			r.die()
		}
		cleanUp(t)
	})
	for _, o := range append(registration(listener.Addr().String()), secret()) {
		if err := admin.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// cleanUp removes what a test leaves behind.
func cleanUp(t testing.TB) {
	for _, o := range append(registration(""), secret()) {
		if err := client.IgnoreNotFound(admin.Delete(context.Background(), o)); err != nil {
			t.Error(err)
		}
	}
	if err := admin.DeleteAllOf(context.Background(), &eventsv1.Event{}, client.InNamespace(secretKey.Namespace)); err != nil {
		t.Error(err)
	}
}

// registration is one mutating and one validating webhook for ConfigMaps of
// namespace load, which the API server calls at an address.
func registration(address string) []client.Object {
	url, fail, none, timeout := "https://"+address+"/", registrationv1.Fail, registrationv1.SideEffectClassNone, int32(5)
	at := registrationv1.WebhookClientConfig{URL: &url}
	in := &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": "load"}}
	rules := []registrationv1.RuleWithOperations{{
		Operations: []registrationv1.OperationType{registrationv1.Create},
		Rule:       registrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}},
	}}
	versions := []string{"v1"}
	return []client.Object{
		&registrationv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: name}, Webhooks: []registrationv1.MutatingWebhook{{
			Name: "mutate.glootrace.dev", ClientConfig: at, Rules: rules, NamespaceSelector: in, FailurePolicy: &fail,
			SideEffects: &none, TimeoutSeconds: &timeout, AdmissionReviewVersions: versions,
		}}},
		&registrationv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: name}, Webhooks: []registrationv1.ValidatingWebhook{{
			Name: "validate.glootrace.dev", ClientConfig: at, Rules: rules, NamespaceSelector: in, FailurePolicy: &fail,
			SideEffects: &none, TimeoutSeconds: &timeout, AdmissionReviewVersions: versions,
		}}},
	}
}

// start starts a replica; it may be called from several goroutines.
func (f *fleet) start(timing certs.Timing) *replica {
	f.t.Helper()
	return f.startWith(certs.Options{
		Namespace: secretKey.Namespace, Secret: secretKey.Name, Names: []string{"127.0.0.1"}, Webhooks: name, Timing: timing,
	})
}

func (f *fleet) startWith(o certs.Options) *replica {
	f.t.Helper()
	r := &replica{metrics: prometheus.NewRegistry()}
	var err error
	if r.Source, err = certs.New(glootrace(), o, r.metrics, logs(f.t)); err != nil {
		f.t.Fatal(err)
	}
	// Each call is a connection of its own, so that each one verifies anew.
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: r.GetCertificate, NextProtos: []string{"http/1.1"}})
	if err != nil {
		f.t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(allow), ErrorLog: log.New(io.Discard, "", 0)}
	server.SetKeepAlivesEnabled(false)
	r.address = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go server.Serve(listener)
	go func() { defer close(ended); r.Start(ctx) }()
	r.die = sync.OnceFunc(func() {
		f.mu.Lock() // first nobody is sent there any more, as when a pod terminates
		f.replicas = slices.DeleteFunc(f.replicas, func(other *replica) bool { return other == r })
		f.mu.Unlock()
		r.calls.Wait()
		cancel()
		<-ended
		server.Shutdown(context.Background())
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.replicas = append(f.replicas, r)
	return r
}

// logs are shown with -v; those of goroutines that outlive the test are dropped.
func logs(t testing.TB) logr.Logger {
	if !testing.Verbose() {
		return logr.Discard()
	}
	return logr.FromSlogHandler(slog.NewTextHandler(t.Output(), nil))
}

func allow(w http.ResponseWriter, r *http.Request) {
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil || review.Request == nil {
		http.Error(w, "no review", http.StatusBadRequest)
		return
	}
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	review.Request = nil
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(review)
}

func (f *fleet) all() []*replica {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.replicas)
}

// balance passes each connection to the next ready replica.
func (f *fleet) balance() {
	for {
		from, err := f.listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer from.Close()
			r := f.next()
			if r == nil {
				return
			}
			defer r.calls.Done()
			to, err := net.Dial("tcp", r.address)
			if err != nil {
				return
			}
			defer to.Close()
			go func() { io.Copy(to, from); to.(*net.TCPConn).CloseWrite() }()
			io.Copy(from, to)
		}()
	}
}

// next is the replica whose turn it is, with a call to it under way.
func (f *fleet) next() *replica {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn++
	for i := range f.replicas {
		if r := f.replicas[(f.turn+i)%len(f.replicas)]; r.Healthy() == nil {
			r.calls.Add(1)
			return r
		}
	}
	return nil
}

// leaf is what a replica serves.
func (r *replica) leaf() *x509.Certificate {
	c, err := r.GetCertificate(nil)
	if err != nil {
		return nil
	}
	return c.Leaf
}

// leafs are what the replicas serve; it holds one leaf if all serve the same.
func (f *fleet) leafs() map[string]*x509.Certificate {
	leafs := map[string]*x509.Certificate{}
	for _, r := range f.all() {
		if l := r.leaf(); l != nil {
			leafs[string(l.Raw)] = l
		}
	}
	return leafs
}

// counted sums a metric up over the replicas that are there.
func (f *fleet) counted(metric, label string) float64 {
	f.t.Helper()
	sum := 0.0
	for _, r := range f.all() {
		families, err := r.metrics.Gather()
		if err != nil {
			f.t.Fatal(err)
		}
		for _, family := range families {
			for _, m := range family.Metric {
				if family.GetName() == metric && (label == "" || len(m.Label) > 0 && m.Label[0].GetValue() == label) {
					sum += m.GetCounter().GetValue()
				}
			}
		}
	}
	return sum
}

// eventually waits for what replicas bring about.
func eventually(t testing.TB, what string, within time.Duration, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}
