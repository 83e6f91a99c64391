package certs

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	names = []string{"glootrace.gloo-system.svc"}
	day   = 24 * time.Hour
)

func never(*x509.Certificate) time.Duration { return 0 }
func long(*x509.Certificate) time.Duration  { return 10 * time.Minute }

// fresh is the state that follows from nothing at start.
func fresh(t *testing.T) state {
	t.Helper()
	s, _ := advance(t, state{}, view{now: start, held: never})
	return s
}

func advance(t *testing.T, s state, v view) (state, []string) {
	t.Helper()
	s, steps, err := s.advance(names, Timing{}.withDefaults(), v)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, step := range steps {
		reasons = append(reasons, step.reason)
	}
	return s, reasons
}

func TestWhatFollowsFromTheSecret(t *testing.T) {
	made := fresh(t)
	rotating, _ := advance(t, made, view{now: start.Add(250 * day), held: never})
	rotated, _ := advance(t, rotating, view{now: start.Add(250 * day), held: long})
	with := func(s state, change func(*state)) state { change(&s); return s }
	for name, c := range map[string]struct {
		state state
		after time.Duration
		held  func(*x509.Certificate) time.Duration
		want  string
	}{
		"nothing":                       {state{}, 0, never, "CACreated LeafRenewed"},
		"all is well":                   {made, 4 * day, never, ""},
		"a leaf in its last third":      {made, 5 * day, never, "LeafRenewed"},
		"a leaf that has expired":       {made, 8 * day, never, "LeafReplaced"},
		"no leaf":                       {with(made, func(s *state) { s.leaf = nil }), 0, never, "LeafRenewed"},
		"a leaf of another CA":          {with(made, func(s *state) { s.leaf = fresh(t).leaf }), 0, never, "LeafReplaced"},
		"a leaf for another name":       {with(made, func(s *state) { s.leaf = leafFor(t, s.ca, "other.svc") }), 0, never, "LeafRenewed"},
		"a CA in its last third":        {made, 244 * day, never, "CAPublished LeafReplaced"},
		"a new CA is not trusted yet":   {rotating, 250 * day, never, ""},
		"a new CA is trusted":           {rotating, 250 * day, long, "CARotated LeafRenewed"},
		"the old CA's leafs may live":   {rotated, 254 * day, long, ""},
		"no leaf of the old CA is left": {rotated, 258 * day, long, "CARetired LeafReplaced"},
		"no CA but a leaf":              {with(made, func(s *state) { s.ca = nil }), 0, never, "CACreated LeafReplaced"},
		"the CA has expired":            {made, 400 * day, never, "CACreated LeafReplaced"},
		"the CA has expired, the new one was never trusted": {rotating, 366 * day, never, "CAReplaced LeafReplaced"},
		"a new CA that waited too long":                     {rotating, 500 * day, never, "CAReplaced CAPublished LeafReplaced"},
		"the CA is not valid yet":                           {made, -day, never, "CACreated LeafReplaced"},
		"a CA that is a leaf":                               {with(made, func(s *state) { s.ca = s.leaf }), 0, never, "CACreated LeafReplaced"},
	} {
		t.Run(name, func(t *testing.T) {
			now := start.Add(c.after)
			next, reasons := advance(t, c.state, view{now: now, held: c.held})
			if got := strings.Join(reasons, " "); got != c.want {
				t.Errorf("got steps %q, want %q", got, c.want)
			}
			if err := verify(next.leaf, pool(next.ca.Leaf), names[0], now); err != nil {
				t.Errorf("the leaf that follows is no good: %v", err)
			}
			if again, reasons := advance(t, next, view{now: now, held: never}); len(reasons) > 0 || !same(again.bundle(), next.bundle()) {
				t.Errorf("the second time it is not done: %q", reasons)
			}
		})
	}
}

func TestBundleHoldsBothCAsFromBeforeToAfterARotation(t *testing.T) {
	before := fresh(t)
	published, _ := advance(t, before, view{now: start.Add(250 * day), held: never})
	if b := published.bundle(); len(b) != 2 || !b[0].Equal(before.ca.Leaf) || published.ca != before.ca {
		t.Fatalf("a new CA is published beside the old one, which goes on signing: got %d CAs", len(b))
	}
	rotated, _ := advance(t, published, view{now: start.Add(250 * day), held: long})
	if !same(rotated.bundle(), published.bundle()) {
		t.Error("the bundle changes in the moment when the leaf does")
	}
	if !rotated.ca.Leaf.Equal(published.next.Leaf) || rotated.next != nil {
		t.Error("the published CA does not sign")
	}
	retired, _ := advance(t, rotated, view{now: start.Add(258 * day), held: long})
	if !same(retired.bundle(), []*x509.Certificate{rotated.ca.Leaf}) {
		t.Error("the old CA stays for ever")
	}
}

func TestNewCAKeepsThoseThatTheAPIServerTrusts(t *testing.T) {
	theirs, ours := somebodysCA(t), fresh(t).ca.Leaf
	s, _ := advance(t, state{}, view{now: start, held: never, live: []*x509.Certificate{theirs, ours}})
	if !same(s.old, []*x509.Certificate{ours}) {
		t.Errorf("of the live bundle, %d CAs are kept, want glootrace's own one", len(s.old))
	}
}

// Whatever part of the Secret is lost: leafs of each CA in the bundles may still be served.
func TestNoGarbageTakesACAOutOfTheBundle(t *testing.T) {
	rotating, _ := advance(t, fresh(t), view{now: start.Add(250 * day), held: never})
	rotated, _ := advance(t, rotating, view{now: start.Add(250 * day), held: long})
	rotated.next = fresh(t).ca
	good, err := rotated.encode(emptySecret("gloo-system", "certs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, lost := range secretKeys {
		for _, value := range []string{"", "garbage"} {
			t.Run(lost+value, func(t *testing.T) {
				bad := good.DeepCopy()
				bad.Data[lost] = []byte(value)
				s, faults := decode(bad)
				s, _ = advance(t, s, view{now: start.Add(250 * day), held: never, faults: faults, live: rotated.bundle()})
				for i, ca := range []*x509.Certificate{rotated.ca.Leaf, rotated.old[0]} {
					if !slices.ContainsFunc(s.bundle(), ca.Equal) {
						t.Errorf("CA %d is gone", i)
					}
				}
				if s.old != nil && s.oldUntil.Before(start.Add(257*day)) {
					t.Errorf("the old CAs are trusted until %v only", s.oldUntil)
				}
			})
		}
	}
}

func TestLeafHasTheNamesOfReplicasOfEitherOpinion(t *testing.T) {
	s := fresh(t)
	s.leaf = leafFor(t, s.ca, "old.svc", "192.0.2.1")
	s, _ = advance(t, s, view{now: start, held: never})
	if got, want := namesOf(s.leaf.Leaf), []string{"glootrace.gloo-system.svc", "old.svc", "192.0.2.1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFiveMinutesOfSkewAreTolerated(t *testing.T) {
	ahead := fresh(t) // by a clock that is 5 minutes ahead
	behind := start.Add(-10 * time.Minute)
	if _, reasons := advance(t, ahead, view{now: behind, held: never}); len(reasons) > 0 {
		t.Errorf("a replica whose clock is 5 minutes behind does %q", reasons)
	}
	if err := verify(ahead.leaf, pool(ahead.ca.Leaf), names[0], behind); err != nil {
		t.Error(err)
	}
}

func TestSecretSaysTheSameAfterIt(t *testing.T) {
	s, _ := advance(t, fresh(t), view{now: start.Add(250 * day), held: never})
	s, _ = advance(t, s, view{now: start.Add(250 * day), held: long})
	s.next = fresh(t).ca
	secret := emptySecret("gloo-system", "certs")
	secret.Data = map[string][]byte{"users": []byte("own")}
	secret, err := s.encode(secret)
	if err != nil {
		t.Fatal(err)
	}
	got, faults := decode(secret)
	if len(faults) > 0 {
		t.Errorf("faults: %q", faults)
	}
	if !got.ca.Leaf.Equal(s.ca.Leaf) || !got.next.Leaf.Equal(s.next.Leaf) || !got.leaf.Leaf.Equal(s.leaf.Leaf) ||
		!same(got.old, s.old) || !got.oldUntil.Equal(s.oldUntil.Truncate(time.Second)) {
		t.Errorf("got %+v, want %+v", got, s)
	}
	if string(secret.Data["users"]) != "own" {
		t.Error("the user's own key is gone")
	}
	again, err := fresh(t).encode(secret)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := decode(again); got.next != nil || len(got.old) > 0 {
		t.Error("what the state no longer has stays in the Secret")
	}
}

func TestGarbageInTheSecretIsNamedAndReplaced(t *testing.T) {
	good, err := fresh(t).encode(emptySecret("gloo-system", "certs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key, value, fault string
	}{
		{caKey, "garbage", "ca.crt and ca.key"},
		{caKey, string(good.Data[leafKey]), "ca.crt and ca.key"},
		{caCert, "", "ca.crt and ca.key"},
		{leafCert, "garbage", "tls.crt and tls.key"},
		{leafKey, string(good.Data[caKey]), "tls.crt and tls.key"},
		{nextCert, "garbage", "next-ca.crt"},
		{oldCerts, "garbage", "old-ca.crt"},
		{oldCerts, string(good.Data[caCert]), "old-ca-until"},
	} {
		t.Run(c.key, func(t *testing.T) {
			bad := good.DeepCopy()
			bad.Data[c.key] = []byte(c.value)
			s, faults := decode(bad)
			if !strings.Contains(strings.Join(faults, "\n"), c.fault) {
				t.Errorf("faults %q do not name %s", faults, c.fault)
			}
			s, reasons := advance(t, s, view{now: start, held: never, faults: faults})
			if !slices.Contains(reasons, "SecretRepaired") {
				t.Errorf("nothing is told: %q", reasons)
			}
			for _, fault := range faults {
				if strings.Contains(fault, "garbage") || strings.Contains(fault, string(good.Data[caKey])) {
					t.Errorf("the fault tells what the Secret holds: %s", fault)
				}
			}
			mended, err := s.encode(bad)
			if err != nil {
				t.Fatal(err)
			}
			if _, faults := decode(mended); len(faults) > 0 {
				t.Errorf("still %q", faults)
			}
		})
	}
}

func leafFor(t *testing.T, ca *tls.Certificate, names ...string) *tls.Certificate {
	t.Helper()
	leaf, err := newLeaf(ca, names, start, Timing{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func somebodysCA(t *testing.T) *x509.Certificate {
	t.Helper()
	ca, err := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "somebody else"}, NotBefore: start.Add(-day), NotAfter: start.Add(day),
		BasicConstraintsValid: true, IsCA: true,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ca.Leaf
}
