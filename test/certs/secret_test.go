package certs

import (
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	registrationv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/certs"
)

func TestSecretOfSomebodyElseIsNeverWritten(t *testing.T) {
	f := newFleet(t)
	theirs := get(t)
	theirs.Annotations, theirs.Data = nil, map[string][]byte{"password": []byte("theirs")}
	if err := admin.Update(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	r := f.start(brief)
	eventually(t, "an event", 20*time.Second, func() bool { return told(t, "NotOurs") })
	if err := r.Healthy(); err == nil || !strings.Contains(err.Error(), "not glootrace's") {
		t.Errorf("readiness says %v", err)
	}
	if got := get(t); got.ResourceVersion != theirs.ResourceVersion {
		t.Errorf("it was written: %q", got.Data)
	}
	// Nobody restarts anything: it is enough that the Secret goes away, and the chart's comes.
	if err := errors.Join(admin.Delete(t.Context(), theirs), admin.Create(t.Context(), secret())); err != nil {
		t.Fatal(err)
	}
	eventually(t, "readiness", 20*time.Second, func() bool { return r.Healthy() == nil })
}

func TestExpiredCertificatesAreReplaced(t *testing.T) {
	f := newFleet(t)
	past := f.start(certs.Timing{Now: func() time.Time { return time.Now().Add(-400 * 24 * time.Hour) }})
	eventually(t, "a Secret of long ago", 20*time.Second, func() bool { return past.leaf() != nil })
	past.die()
	expired := get(t)
	f.start(brief)
	eventually(t, "an admission", 20*time.Second, func() bool { return admit() == nil })
	if now := get(t); string(now.Data["ca.crt"]) == string(expired.Data["ca.crt"]) {
		t.Error("the CA is the same")
	}
	eventually(t, "an event", 5*time.Second, func() bool { return told(t, "LeafReplaced") })
}

func TestClocksFiveMinutesApart(t *testing.T) {
	for name, first := range map[string]time.Duration{"first ahead": 5 * time.Minute, "first behind": -5 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t)
			for _, skew := range []time.Duration{first, 0, -first} {
				f.start(certs.Timing{Now: func() time.Time { return time.Now().Add(skew) }, Interval: brief.Interval})
				eventually(t, "each replica ready", 20*time.Second, func() bool { return f.ready() == len(f.all()) })
			}
			eventually(t, "an admission", 20*time.Second, func() bool { return admit() == nil })
			for range 50 {
				if err := admit(); err != nil {
					t.Error(err)
				}
			}
			if n := f.counted("glootrace_certificate_rotations_total", ""); n != 2 || len(f.leafs()) != 1 {
				t.Errorf("one CA and one leaf should do for all, not %v certificates", n)
			}
		})
	}
}

func TestHelmsUpgradeIsOverruled(t *testing.T) {
	f := newFleet(t)
	f.start(certs.Timing{})
	eventually(t, "an admission", 20*time.Second, func() bool { return admit() == nil })
	want := bundle(t)
	// What a chart with a bundle of its own does.
	var c registrationv1.ValidatingWebhookConfiguration
	if err := admin.Get(t.Context(), client.ObjectKey{Name: name}, &c); err != nil {
		t.Fatal(err)
	}
	c.Webhooks[0].ClientConfig.CABundle = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.all()[0].leaf().Raw})
	before := time.Now()
	if err := admin.Update(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the bundle of before", 5*time.Second, func() bool { b := bundle(t); return len(b) == 1 && b[0].Equal(want[0]) })
	t.Logf("put back within %v", time.Since(before).Round(time.Millisecond))
}
