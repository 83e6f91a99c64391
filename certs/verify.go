package certs

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"
)

func pool(certs ...*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certs {
		p.AddCert(c)
	}
	return p
}

// verify does what the API server does with a certificate that is served to it.
// An empty host is any.
func verify(leaf *tls.Certificate, roots *x509.CertPool, host string, now time.Time) error {
	_, err := chains(leaf, roots, host, now)
	return err
}

func chains(leaf *tls.Certificate, roots *x509.CertPool, host string, now time.Time) ([][]*x509.Certificate, error) {
	between := x509.NewCertPool()
	for _, der := range leaf.Certificate[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(c)
		}
	}
	return leaf.Leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, DNSName: host, CurrentTime: now})
}

// inTime says whether a leaf is valid by its dates.
func inTime(leaf *x509.Certificate, now time.Time) error {
	switch {
	case now.After(leaf.NotAfter):
		return fmt.Errorf("the served certificate is stale: it expired at %s", leaf.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(leaf.NotBefore):
		return fmt.Errorf("the served certificate is not valid before %s", leaf.NotBefore.UTC().Format(time.RFC3339))
	}
	return nil
}

// Verify returns the CA that lets the API server trust the leaf, the one that
// expires first if there are several, or says why the API server does not, and
// which of leaf and bundle is stale.
func (l *Live) Verify(leaf *tls.Certificate, now time.Time) (root *x509.Certificate, err error) {
	if err := inTime(leaf.Leaf, now); err != nil {
		return nil, err
	}
	type question struct{ host, bundle string }
	asked := map[question]bool{} // mostly all webhooks have one host and one bundle
	for _, h := range l.hooks {
		q := question{h.at.Host, string(h.bundle)}
		if asked[q] || l.elsewhere(h, leaf.Leaf) {
			continue
		}
		asked[q] = true
		if h.at.Host != "" {
			if err := leaf.Leaf.VerifyHostname(h.at.Host); err != nil {
				return nil, fmt.Errorf("the served certificate is stale: it is not for the host that %s calls: %w", h.name, err)
			}
		}
		chains, err := chains(leaf, l.roots(h), h.at.Host, now)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.stale(leaf.Leaf), err)
		}
		if last := chains[0][len(chains[0])-1]; root == nil || last.NotAfter.Before(root.NotAfter) {
			root = last
		}
	}
	return root, nil
}

// stale says which is stale, if the bundle of a webhook does not verify a leaf:
// the older one. A CA that has come after the leaf has taken the place of the
// leaf's own; a leaf that is younger than each CA in the bundle waits for its own.
func (h hook) stale(leaf *x509.Certificate) string {
	if len(h.cas) == 0 && len(h.bundle) > 0 {
		return "the CA bundle of " + h.name + " can not be read: it holds no certificate"
	}
	if len(h.cas) == 0 {
		return "the CA bundle of " + h.name + " is stale: it is empty"
	}
	for _, c := range h.cas {
		if c.NotBefore.After(leaf.NotBefore) {
			return "the served certificate is stale: the CA bundle of " + h.name + " is younger"
		}
	}
	return "the CA bundle of " + h.name + " is stale: the served certificate is younger"
}
