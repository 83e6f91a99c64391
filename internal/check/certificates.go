package check

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/glootrace/glootrace/certs"
)

func oneKeeper(f *facts) verdict {
	k := f.keeping
	switch {
	case len(f.live.Addresses()) == 0:
		return verdict{}
	case k.mode == selfManaged && len(k.injected) > 0:
		return fail("replicas keep the CA bundle themselves, and %s asks cert-manager for it too: each overwrites the other", slices.Sorted(maps.Keys(k.injected))[0])
	case k.mode == selfManaged:
		return ok("mode selfManaged: glootrace, in Secret %s", k.secret)
	case k.mode == byManager:
		return ok("mode certManager: Certificate %s", k.certificate)
	case k.mode == own && k.secret.Name == "":
		return warn("mode secret: replicas read files that are no Secret's").by("nothing, if that is meant: only what is served can be checked then")
	case k.mode == own:
		return ok("mode secret: you, in Secret %s", k.secret)
	}
	return ok("no replica runs here that would say who: what is served is checked")
}

func secretUsable(f *facts) verdict {
	key := f.keeping.secret
	if key.Name == "" {
		return verdict{}
	}
	if f.secret == nil {
		v := fail("Secret %s does not exist", key)
		switch f.keeping.mode {
		case selfManaged:
			return v.by("helm upgrade makes it anew, empty, and replicas fill it")
		case byManager:
			return v.by("cert-manager makes it: see the checks before")
		}
		return v.by("make it: kubectl -n %s create secret tls %s --cert=FILE --key=FILE", key.Namespace, key.Name)
	}
	if f.keeping.mode == selfManaged {
		if faults := certs.Inspect(f.secret); len(faults) > 0 {
			v := fail("Secret %s: %s", key, strings.Join(faults, "; "))
			if len(f.secret.Data) == 0 { // as the chart makes it
				return v.by("replicas write it: their log says what keeps them from it; see webhook-replicas")
			}
			return v
		}
		return ok("%s", key)
	}
	if _, err := tls.X509KeyPair(f.secret.Data[corev1.TLSCertKey], f.secret.Data[corev1.TLSPrivateKeyKey]); err != nil {
		v := fail("Secret %s: %s and %s: %v", key, corev1.TLSCertKey, corev1.TLSPrivateKeyKey, err)
		if f.keeping.mode == own {
			return v.by("put a certificate and its key into it")
		}
		return v
	}
	return ok("%s", key)
}

func everyReplicaServes(f *facts) verdict {
	if len(f.served) == 0 {
		return verdict{}
	}
	for _, s := range f.served {
		if s.err != nil {
			return fail("%s: %v", s.who, s.err)
		}
	}
	return ok("%d asked", len(f.served))
}

// answered are the replicas of which it is known what they serve.
func (f *facts) answered() []served {
	return slices.DeleteFunc(slices.Clone(f.served), func(s served) bool { return s.err != nil })
}

func servesTheSecret(f *facts) verdict {
	if f.secret == nil || len(f.answered()) == 0 {
		return verdict{}
	}
	stored, err := tls.X509KeyPair(f.secret.Data[corev1.TLSCertKey], f.secret.Data[corev1.TLSPrivateKeyKey])
	if err != nil {
		return verdict{}
	}
	for _, s := range f.answered() {
		if s.leaf.Leaf.Equal(stored.Leaf) {
			continue
		}
		if _, err := f.live.Verify(&stored, f.now); err != nil && f.keeping.mode != selfManaged {
			return warn("%s serves another one, since the API server would not trust what the Secret holds: %v", s.who, err).by("%s", renewer[f.keeping.mode])
		}
		return warn("%s serves another one, which is valid until %s", s.who, s.leaf.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return ok("")
}

// bundlesVerify asks what the API server asks at each call, by the code that readiness uses.
func bundlesVerify(f *facts) verdict {
	if len(f.answered()) == 0 || f.live.Complete() != nil {
		return verdict{}
	}
	for _, s := range f.answered() {
		if _, err := f.live.Verify(s.leaf, f.now); err != nil {
			return fail("%s: %v", s.who, err).by("%s", renewer[f.keeping.mode])
		}
	}
	return ok("")
}

// renewer says who puts a stale certificate or bundle right.
var renewer = map[mode]string{
	selfManaged: "replicas put it right within seconds; if it stays so, their log says what keeps them from it",
	byManager:   "cert-manager renews the certificate, its cainjector the bundle: see the checks of cert-manager",
	own:         "renew whichever of the two is stale: the Secret, or caBundle in the webhook configurations",
}

// overdue is the part of a certificate's life at whose beginning it has been renewed
// long since by all who renew certificates: two thirds are usual.
const overdue = 10

func expiry(f *facts) verdict {
	var first *x509.Certificate
	for _, s := range f.answered() {
		seen := []*x509.Certificate{s.leaf.Leaf}
		if root, err := f.live.Verify(s.leaf, f.now); err == nil && root != nil {
			seen = append(seen, root)
		}
		for _, c := range seen {
			if first == nil || c.NotAfter.Before(first.NotAfter) {
				first = c
			}
		}
	}
	if first == nil {
		return verdict{}
	}
	what := "the served certificate"
	if first.IsCA {
		what = "the CA"
	}
	until := fmt.Sprintf("%s is valid until %s", what, first.NotAfter.UTC().Format(time.RFC3339))
	switch left := first.NotAfter.Sub(f.now); {
	case left <= 0:
		return fail("%s expired at %s", what, first.NotAfter.UTC().Format(time.RFC3339))
	case left < first.NotAfter.Sub(first.NotBefore)/overdue:
		return warn("%s, in %s", until, left.Round(time.Minute))
	}
	return ok("%s", until)
}
