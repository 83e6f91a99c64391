package certs

import (
	"bytes"
	"crypto/x509"
	"errors"
	"sync"
	"testing"
	"time"

	registrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	certutil "k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/certs"
)

// brief is a life of a week and a year in less than a minute.
var brief = certs.Timing{
	Leaf: 18 * time.Second, CA: 36 * time.Second, Overlap: 3 * time.Second, Absence: time.Second, Skew: time.Second, Interval: 250 * time.Millisecond,
}

func TestNoAdmissionIsLost(t *testing.T) {
	f := newFleet(t)
	f.start(brief)
	eventually(t, "the first admission", 20*time.Second, func() bool { return admit() == nil })
	l := startLoad(t)
	// nothing runs a part of the life and wants none of the load to fail in it.
	nothing := func(what string, do func()) {
		t.Helper()
		begun := time.Now()
		admittedBefore, failedBefore := l.far()
		do()
		eventually(t, "half a second of load after it", 20*time.Second, func() bool {
			admitted, failed := l.far()
			return admitted+failed-admittedBefore-failedBefore > perSecond/2
		})
		admitted, failed := l.far()
		t.Logf("%-34s %5d admitted, %d failed in %v", what, admitted-admittedBefore, failed-failedBefore, time.Since(begun).Round(time.Millisecond))
		if failed > failedBefore {
			t.Errorf("%s: %d failed, such as %v", what, failed-failedBefore, l.failed[failedBefore].err)
		}
	}

	nothing("two replicas start at once", func() {
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { f.start(brief) })
		}
		wg.Wait()
		eventually(t, "three ready replicas with one leaf", 20*time.Second, func() bool { return f.ready() == 3 && len(f.leafs()) == 1 })
	})
	nothing("the leaf is rotated", func() { f.awaitAnotherLeaf(sameCA) })
	nothing("the Secret is deleted and comes back", func() {
		if err := errors.Join(admin.Delete(t.Context(), secret()), admin.Create(t.Context(), secret())); err != nil {
			t.Fatal(err)
		}
		f.awaitAnotherLeaf(anotherCA)
	})
	nothing("the Secret is emptied", func() {
		if err := admin.Patch(t.Context(), secret(), client.RawPatch(types.MergePatchType, []byte(`{"data":null}`))); err != nil {
			t.Fatal(err)
		}
		f.awaitAnotherLeaf(anotherCA)
	})
	nothing("the Secret is filled with garbage", func() {
		s := get(t)
		for key := range s.Data {
			s.Data[key] = []byte("garbage")
		}
		if err := admin.Update(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		f.awaitAnotherLeaf(anotherCA)
		eventually(t, "an event", 5*time.Second, func() bool { return told(t, "SecretRepaired") })
	})
	nothing("the CA is rotated, a replica dies", func() {
		eventually(t, "a new CA beside the old one", 40*time.Second, func() bool { return get(t).Data["next-ca.crt"] != nil })
		f.all()[0].die()
		f.start(brief)
		f.awaitAnotherLeaf(anotherCA)
	})
	f.bundleEmptied(l)
	nothing("the old CA leaves the bundle", func() {
		eventually(t, "a bundle of one CA", 40*time.Second, func() bool { return len(bundle(t)) == 1 })
	})
	admitted, _ := l.far()
	took := time.Since(l.begun)
	l.end()
	t.Logf("%d admissions in %v, %.0f a second; %v CAs and %v leafs were made", admitted, took.Round(time.Second),
		float64(admitted)/took.Seconds(), f.counted("glootrace_certificate_rotations_total", "ca"), f.counted("glootrace_certificate_rotations_total", "leaf"))
	// A slow machine does not come to perSecond, but each part of the life has to have seen some load.
	if n := float64(admitted) / took.Seconds(); n < perSecond/10 {
		t.Errorf("%.0f admissions a second are no load", n)
	}
	if n := f.counted("glootrace_certificate_failures_total", ""); n > 0 {
		t.Errorf("%v failures counted", n)
	}
}

// bundleEmptied empties the bundle by hand. Requests of the time until the API
// server has it again may fail, and none before or after.
func (f *fleet) bundleEmptied(l *load) {
	f.t.Helper()
	_, before := l.far()
	emptied := time.Now()
	empty := client.RawPatch(types.JSONPatchType, []byte(`[{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}]`))
	if err := admin.Patch(f.t.Context(), registration("")[1], empty); err != nil {
		f.t.Fatal(err)
	}
	eventually(f.t, "the bundle is put back", 5*time.Second, func() bool { return len(bundle(f.t)) > 0 })
	back := time.Now()
	// From now on the API server learns of it: admissions go on, for a time in which none fails.
	eventually(f.t, "two seconds without a failure", 20*time.Second, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		last := back
		if n := len(l.failed); n > before {
			last = l.failed[n-1].known
		}
		return time.Since(last) > 2*time.Second
	})
	_, after := l.far()
	f.t.Logf("%-34s %5d failed; put back within %v", "the bundle is emptied", after-before, back.Sub(emptied).Round(time.Millisecond))
	for _, failure := range l.failed[before:after] {
		if failure.sent.After(back.Add(time.Second)) {
			f.t.Errorf("a request sent %v after the bundle was put back failed: %v", failure.sent.Sub(back), failure.err)
		}
	}
	if after-before > 2*perSecond {
		f.t.Errorf("%d failed, more than in 2 seconds", after-before)
	}
}

func sameCA(a, b *x509.Certificate) bool    { return bytes.Equal(a.AuthorityKeyId, b.AuthorityKeyId) }
func anotherCA(a, b *x509.Certificate) bool { return !sameCA(a, b) }

// awaitAnotherLeaf waits until all replicas serve one leaf that is another than
// now and compares with it as it should.
func (f *fleet) awaitAnotherLeaf(as func(before, after *x509.Certificate) bool) {
	f.t.Helper()
	before := f.leafs()
	eventually(f.t, "all replicas serve another leaf", 45*time.Second, func() bool {
		after := f.leafs()
		if len(after) != 1 || f.ready() != len(f.all()) {
			return false
		}
		for _, a := range after {
			for _, b := range before {
				if a.Equal(b) || !as(b, a) {
					return false
				}
			}
		}
		return true
	})
}

func (f *fleet) ready() (n int) {
	for _, r := range f.all() {
		if r.Healthy() == nil {
			n++
		}
	}
	return n
}

// secret is as the chart makes it.
func secret() *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: secretKey.Namespace, Name: secretKey.Name, Annotations: map[string]string{"glootrace.dev/certificates": "self-managed"},
	}}
}

func get(t testing.TB) *corev1.Secret {
	t.Helper()
	s := &corev1.Secret{}
	if err := client.IgnoreNotFound(admin.Get(t.Context(), secretKey, s)); err != nil {
		t.Fatal(err)
	}
	return s
}

// bundle is what the API server verifies the validating webhook with.
func bundle(t testing.TB) []*x509.Certificate {
	t.Helper()
	var c registrationv1.ValidatingWebhookConfiguration
	if err := admin.Get(t.Context(), client.ObjectKey{Name: name}, &c); err != nil {
		t.Fatal(err)
	}
	cas, _ := certutil.ParseCertsPEM(c.Webhooks[0].ClientConfig.CABundle) // an error if there is none
	return cas
}

// told tells whether there is an event of a reason on the Secret.
func told(t testing.TB, reason string) bool {
	t.Helper()
	var events eventsv1.EventList
	if err := admin.List(t.Context(), &events, client.InNamespace(secretKey.Namespace)); err != nil {
		t.Fatal(err)
	}
	for _, e := range events.Items {
		if e.Reason == reason && e.Regarding.Kind == "Secret" && e.Regarding.Name == secretKey.Name {
			return true
		}
	}
	return false
}
