package certs

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/testr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

var key = client.ObjectKey{Namespace: "gloo-system", Name: "glootrace-certs"}

// options are those of a self-managed source, with a clock that stands.
func options() Options {
	return Options{
		Namespace: key.Namespace, Secret: key.Name, Names: names, Webhooks: "glootrace",
		Timing: Timing{Now: func() time.Time { return start }},
	}
}

func source(t testing.TB, c client.Client, o Options) *Source {
	t.Helper()
	log := logr.Discard()
	if t, ok := t.(*testing.T); ok && testing.Verbose() {
		log = testr.New(t)
	}
	return newSource(c, o, newMetrics(prometheus.NewRegistry()), log)
}

// configurations are glootrace's two, as a chart installs them, and one of somebody else.
func configurations() []client.Object {
	at := admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Name: "glootrace", Namespace: "gloo-system"}}
	return []client.Object{
		&admissionv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "glootrace"},
			Webhooks: []admissionv1.MutatingWebhook{{Name: "a.glootrace.dev", ClientConfig: at}, {Name: "b.glootrace.dev", ClientConfig: at}}},
		&admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "glootrace"},
			Webhooks: []admissionv1.ValidatingWebhook{{Name: "c.glootrace.dev", ClientConfig: at}}},
		&admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "somebody"},
			Webhooks: []admissionv1.ValidatingWebhook{{Name: "c.somebody.dev", ClientConfig: at}}},
	}
}

func cluster(objects ...client.Object) client.WithWatch {
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
}

func pass(t testing.TB, s *Source) {
	t.Helper()
	if err := s.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFirstReplicaMakesSecretAndBundles(t *testing.T) {
	c := cluster(configurations()...)
	s := source(t, c, options())
	if err := s.Healthy(); err == nil {
		t.Error("healthy before there is anything")
	}
	pass(t, s)
	if err := s.Healthy(); err == nil || !strings.Contains(err.Error(), "the CA bundle of MutatingWebhookConfiguration glootrace, webhook a.glootrace.dev is stale: it is empty") {
		t.Errorf("before the bundle has been seen: %v", err)
	}
	pass(t, s)
	if err := s.Healthy(); err != nil {
		t.Error(err)
	}
	var other admissionv1.ValidatingWebhookConfiguration
	if err := c.Get(t.Context(), client.ObjectKey{Name: "somebody"}, &other); err != nil || other.Webhooks[0].ClientConfig.CABundle != nil {
		t.Errorf("somebody else's webhooks got a bundle (%v)", err)
	}
	var secret corev1.Secret
	if err := c.Get(t.Context(), key, &secret); err != nil || secret.Labels["app.kubernetes.io/managed-by"] != "glootrace" || secret.Type != corev1.SecretTypeOpaque {
		t.Errorf("got %+v, %v", secret.ObjectMeta, err)
	}
	if got, want := testutil.ToFloat64(s.metrics.expiry.WithLabelValues("ca")), float64(start.Add(365*day).Unix()); got != want {
		t.Errorf("the CA expires at %v, want %v", got, want)
	}
}

func TestSecondReplicaServesTheSameLeaf(t *testing.T) {
	c := cluster(configurations()...)
	first, second := source(t, c, options()), source(t, c, options())
	pass(t, first)
	pass(t, second)
	if !first.leaf.Load().Leaf.Equal(second.leaf.Load().Leaf) {
		t.Error("two leafs")
	}
	if err := second.Healthy(); err != nil {
		t.Error(err)
	}
}

func TestSecretOfSomebodyElseIsLeftAlone(t *testing.T) {
	theirs := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}, Data: map[string][]byte{"password": []byte("x")}}
	c := cluster(append(configurations(), theirs)...)
	s := source(t, c, options())
	for range 3 {
		if err := s.pass(t.Context()); err == nil {
			t.Error("no error")
		}
	}
	if err := s.Healthy(); err == nil || !strings.Contains(err.Error(), "not glootrace's") {
		t.Errorf("got %v", err)
	}
	var after corev1.Secret
	if err := c.Get(t.Context(), key, &after); err != nil || string(after.Data["password"]) != "x" || len(after.Data) > 1 {
		t.Errorf("it has been changed: %v %v", after.Data, err)
	}
	if got := reasons(t, c); len(got) != 1 || got[0] != "Warning NotOurs" {
		t.Errorf("want one event: %q", got)
	}
	if n := testutil.ToFloat64(s.metrics.failures.WithLabelValues("secret")); n != 3 {
		t.Errorf("%v failures", n)
	}
}

// TestClockJumpsAreFollowed has the clock jump by years, and back. What was made in the future is no good for now,
// and is replaced as what has expired is.
func TestClockJumpsAreFollowed(t *testing.T) {
	now, o := start, options()
	o.Timing.Now = func() time.Time { return now }
	s := source(t, cluster(configurations()...), o)
	for _, jump := range []time.Duration{0, 2 * 365 * day, -3 * 365 * day, 365 * day, time.Minute, -time.Minute} {
		now = now.Add(jump)
		before := s.leaf.Load()
		if jump != 0 && max(jump, -jump) > time.Minute && s.Healthy() == nil {
			t.Errorf("a jump of %v: a certificate of another time counts as good", jump)
		}
		pass(t, s)
		pass(t, s) // at which the bundles are read as they were written
		if err := s.Healthy(); err != nil {
			t.Errorf("a jump of %v: %v", jump, err)
		}
		if same := s.leaf.Load() == before; same != (max(jump, -jump) == time.Minute) {
			t.Errorf("a jump of %v: the leaf is the same: %t", jump, same)
		}
	}
}

func TestEmptiedBundleMakesUnreadyAndIsPutBack(t *testing.T) {
	c := cluster(configurations()...)
	s := source(t, c, options())
	pass(t, s)
	pass(t, s)
	var mutating admissionv1.MutatingWebhookConfiguration
	if err := c.Get(t.Context(), client.ObjectKey{Name: "glootrace"}, &mutating); err != nil {
		t.Fatal(err)
	}
	mutating.Webhooks[1].ClientConfig.CABundle = encodeCerts(somebodysCA(t))
	if err := c.Update(t.Context(), &mutating); err != nil {
		t.Fatal(err)
	}
	pass(t, s)
	if err := s.Healthy(); err == nil || !strings.Contains(err.Error(), "webhook b.glootrace.dev is stale") {
		t.Errorf("got %v", err)
	}
	pass(t, s)
	if err := s.Healthy(); err != nil {
		t.Error(err)
	}
}

func TestDeletedSecretLeavesTheServedLeafUntilTheNewOneIsTrusted(t *testing.T) {
	now := start
	o := options()
	o.Timing.Now = func() time.Time { return now }
	c := cluster(configurations()...)
	s := source(t, c, o)
	pass(t, s)
	pass(t, s)
	before := s.leaf.Load()
	if err := c.Delete(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after   time.Duration
		changes bool
	}{{0, false}, {10 * time.Second, false}, {10 * time.Second, false}, {time.Minute, false}, {9 * time.Minute, false}, {2 * time.Minute, true}} {
		now = now.Add(step.after)
		pass(t, s)
		// A release that is deleted takes its Secret with it, and has replicas for some seconds yet.
		err := c.Get(t.Context(), key, &corev1.Secret{})
		if gone := apierrors.IsNotFound(err); gone != (now.Sub(start) < 15*time.Second) {
			t.Errorf("%v after the deletion there is no Secret: %t", now.Sub(start), gone)
		}
		if err := s.Healthy(); err != nil {
			t.Errorf("after %v: %v", step.after, err)
		}
		if changed := s.leaf.Load() != before; changed != step.changes {
			t.Errorf("%v after the deletion another leaf is served: %t", now.Sub(start), changed)
		}
	}
}

// With the rights that the chart gives, a Secret that was deleted has to be made by somebody else, who may leave it empty.
func TestDeletedSecretComesBackByHelmUpgrade(t *testing.T) {
	now := start
	o := options()
	o.Timing.Now = func() time.Time { return now }
	c := cluster(append(configurations(), emptySecret(key.Namespace, key.Name))...)
	s := source(t, interceptor.NewClient(c, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, options ...client.CreateOption) error {
			if _, is := o.(*corev1.Secret); is {
				return apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, key.Name, errors.New("no"))
			}
			return c.Create(ctx, o, options...)
		},
	}), o)
	pass(t, s)
	pass(t, s)
	before := s.leaf.Load()
	if err := c.Delete(t.Context(), emptySecret(key.Namespace, key.Name)); err != nil {
		t.Fatal(err)
	}
	pass(t, s)
	now = now.Add(20 * time.Second)
	if err := s.pass(t.Context()); err == nil || !strings.Contains(err.Error(), "helm upgrade makes it") {
		t.Errorf("got %v", err)
	}
	if err := c.Create(t.Context(), emptySecret(key.Namespace, key.Name)); err != nil {
		t.Fatal(err)
	}
	pass(t, s)
	pass(t, s)
	if err := s.Healthy(); err != nil || s.leaf.Load() != before {
		t.Errorf("another leaf is served before the new CA is trusted everywhere, or none: %v", err)
	}
	now = now.Add(11 * time.Minute)
	pass(t, s)
	if err := s.Healthy(); err != nil || s.leaf.Load() == before {
		t.Errorf("the leaf of before is served: %v", err)
	}
}

func TestFailedWriteLeavesWhatIsStoredInForce(t *testing.T) {
	now := start
	o := options()
	o.Timing.Now = func() time.Time { return now }
	c := cluster(configurations()...)
	pass(t, source(t, c, o))
	now = now.Add(5 * day) // the leaf is due
	s := source(t, interceptor.NewClient(c, interceptor.Funcs{
		Update: func(context.Context, client.WithWatch, client.Object, ...client.UpdateOption) error {
			return apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, key.Name, errors.New("no"))
		},
	}), o)
	if err := s.pass(t.Context()); !apierrors.IsForbidden(err) {
		t.Errorf("got %v", err)
	}
	if err := s.Healthy(); err != nil {
		t.Error(err)
	}
}

func TestReadinessSaysWhatIsMissing(t *testing.T) {
	s := source(t, cluster(configurations()[0]), options())
	if err := s.pass(t.Context()); err == nil {
		t.Error("no error")
	}
	if err := s.Healthy(); err == nil || err.Error() != "ValidatingWebhookConfiguration glootrace does not exist" {
		t.Errorf("got %v", err)
	}
}

// reasons are the events so far.
func reasons(t testing.TB, c client.Client) []string {
	t.Helper()
	var events eventsv1.EventList
	if err := c.List(t.Context(), &events); err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, e := range events.Items {
		reasons = append(reasons, e.Type+" "+e.Reason)
	}
	return reasons
}
