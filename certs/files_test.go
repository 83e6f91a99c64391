package certs

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

func TestFilesAreReadAgainAndBadOnesLeaveTheLastInForce(t *testing.T) {
	dir := t.TempDir()
	o := Options{Dir: dir, Timing: Timing{Now: func() time.Time { return start }}}
	s := source(t, cluster(), o)
	if err := s.pass(t.Context()); err == nil || s.Healthy() == nil {
		t.Error("without files it is well")
	}
	write := func(cert, key []byte) {
		t.Helper()
		writePair(t, dir, cert, key)
	}
	pair := func(s state) (cert, key []byte) {
		t.Helper()
		data := encoded(t, s)
		return data[leafCert], data[leafKey]
	}
	first, second := fresh(t), fresh(t)
	write(pair(first))
	pass(t, s)
	if err := s.Healthy(); err != nil {
		t.Error(err)
	}
	cert, _ := pair(second)
	_, key := pair(first)
	write(cert, key)
	if err := s.pass(t.Context()); err == nil || !s.leaf.Load().Leaf.Equal(first.leaf.Leaf) {
		t.Errorf("half a change: %v", err)
	}
	write(pair(second))
	pass(t, s)
	if !s.leaf.Load().Leaf.Equal(second.leaf.Leaf) {
		t.Error("the change is not seen")
	}
	if n := testutil.ToFloat64(s.metrics.rotations.WithLabelValues("leaf")); n != 1 {
		t.Errorf("%v rotations", n)
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, leafKey)), syscall.Mkfifo(filepath.Join(dir, leafKey), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := s.pass(t.Context()); err == nil || !s.leaf.Load().Leaf.Equal(second.leaf.Leaf) {
		t.Errorf("a pipe, to which nobody writes: %v", err)
	}
}

func TestFilesThatTheAPIServerWouldNotTrustLeaveTheLastInForce(t *testing.T) {
	dir := t.TempDir()
	first, second := fresh(t), fresh(t)
	before, after := encoded(t, first), encoded(t, second)
	c := cluster(configurations()...)
	trust := func(cas ...[]byte) {
		t.Helper()
		var mutating admissionv1.MutatingWebhookConfiguration
		var validating admissionv1.ValidatingWebhookConfiguration
		name := client.ObjectKey{Name: "glootrace"}
		if err := errors.Join(c.Get(t.Context(), name, &mutating), c.Get(t.Context(), name, &validating)); err != nil {
			t.Fatal(err)
		}
		bundle := bytes.Join(cas, nil)
		for i := range mutating.Webhooks {
			mutating.Webhooks[i].ClientConfig.CABundle = bundle
		}
		validating.Webhooks[0].ClientConfig.CABundle = bundle
		if err := errors.Join(c.Update(t.Context(), &mutating), c.Update(t.Context(), &validating)); err != nil {
			t.Fatal(err)
		}
	}
	now := start
	s := source(t, c, Options{Dir: dir, Webhooks: "glootrace", Timing: Timing{Now: func() time.Time { return now }}})

	trust(before[caCert])
	writePair(t, dir, before[leafCert], before[leafKey])
	pass(t, s)
	writePair(t, dir, after[leafCert], after[leafKey])
	err := s.pass(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the one before stays, which the API server trusts until "+first.leaf.Leaf.NotAfter.UTC().Format(time.RFC3339)) {
		t.Errorf("got %v", err)
	}
	if !s.leaf.Load().Leaf.Equal(first.leaf.Leaf) || s.Healthy() != nil {
		t.Errorf("a certificate that nobody trusts has taken the place of one that is trusted: %v", s.Healthy())
	}

	trust(before[caCert], after[caCert])
	pass(t, s)
	if !s.leaf.Load().Leaf.Equal(second.leaf.Leaf) {
		t.Error("the new one is not taken when the bundle has its CA")
	}

	// Neither is trusted: then it is the folder's that counts.
	trust(encodeCerts(somebodysCA(t)))
	writePair(t, dir, before[leafCert], before[leafKey])
	pass(t, s)
	if !s.leaf.Load().Leaf.Equal(first.leaf.Leaf) {
		t.Error("one that is not trusted keeps its place")
	}

	// Nor does one keep its place that has expired.
	trust(before[caCert])
	pass(t, s)
	now = first.leaf.Leaf.NotAfter.Add(time.Second)
	writePair(t, dir, after[leafCert], after[leafKey])
	pass(t, s)
	if !s.leaf.Load().Leaf.Equal(second.leaf.Leaf) {
		t.Error("an expired one keeps its place")
	}
}

func TestFilesAreHeldToTheBundleAsFarAsItIsKnown(t *testing.T) {
	dir := t.TempDir()
	made := encoded(t, fresh(t))
	writePair(t, dir, made[leafCert], made[leafKey])
	configured := func(change func(*admissionv1.WebhookClientConfig)) client.WithWatch {
		objects := configurations()
		mutating, validating := objects[0].(*admissionv1.MutatingWebhookConfiguration), objects[1].(*admissionv1.ValidatingWebhookConfiguration)
		change(&mutating.Webhooks[0].ClientConfig)
		change(&mutating.Webhooks[1].ClientConfig)
		change(&validating.Webhooks[0].ClientConfig)
		return cluster(objects...)
	}
	url := "https://192.0.2.1/mutate"
	for name, c := range map[string]struct {
		cluster client.WithWatch
		want    string
	}{
		"nobody has written the bundle": {configured(func(*admissionv1.WebhookClientConfig) {}), "is stale: it is empty"},
		"the bundle verifies": {configured(func(c *admissionv1.WebhookClientConfig) {
			c.CABundle = made[caCert]
		}), ""},
		"another bundle": {configured(func(c *admissionv1.WebhookClientConfig) {
			c.CABundle = encodeCerts(somebodysCA(t))
		}), "is stale"},
		"a URL of somebody else": {configured(func(c *admissionv1.WebhookClientConfig) {
			c.Service, c.URL = nil, &url
		}), ""},
		"no configurations": {cluster(), "does not exist"},
		"no permission": {interceptor.NewClient(cluster(), interceptor.Funcs{
			Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
				return apierrors.NewForbidden(schema.GroupResource{}, "glootrace", errors.New("no"))
			},
		}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := source(t, c.cluster, Options{Dir: dir, Webhooks: "glootrace", Timing: Timing{Now: func() time.Time { return start }}})
			pass(t, s)
			if err := s.Healthy(); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func encoded(t testing.TB, s state) map[string][]byte {
	t.Helper()
	secret, err := s.encode(emptySecret("", ""))
	if err != nil {
		t.Fatal(err)
	}
	return secret.Data
}

func writePair(t testing.TB, dir string, cert, key []byte) {
	t.Helper()
	if err := errors.Join(os.WriteFile(filepath.Join(dir, leafCert), cert, 0o600), os.WriteFile(filepath.Join(dir, leafKey), key, 0o600)); err != nil {
		t.Fatal(err)
	}
}
