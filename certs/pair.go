package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"net"
	"slices"
	"time"

	certutil "k8s.io/client-go/util/cert"
)

// caSubject is the subject of every CA that glootrace makes.
var caSubject = pkix.Name{Organization: []string{"glootrace"}, CommonName: "glootrace webhook CA"}

// newCA makes a CA. Like each certificate here it is valid from some time ago,
// for those whose clock is behind.
func newCA(now time.Time, t Timing) (*tls.Certificate, error) {
	return sign(&x509.Certificate{
		Subject:               caSubject,
		NotBefore:             now.Add(-2 * t.Skew),
		NotAfter:              now.Add(t.CA),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}, nil)
}

// newLeaf makes a serving certificate that does not outlive its CA.
func newLeaf(ca *tls.Certificate, names []string, now time.Time, t Timing) (*tls.Certificate, error) {
	leaf := &x509.Certificate{
		Subject:     pkix.Name{Organization: caSubject.Organization, CommonName: "glootrace webhook"},
		NotBefore:   now.Add(-2 * t.Skew),
		NotAfter:    leafEnd(ca, now, t),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, name)
		}
	}
	return sign(leaf, ca)
}

// leafEnd is when a leaf issued now ends.
func leafEnd(ca *tls.Certificate, now time.Time, t Timing) time.Time {
	end := now.Add(t.Leaf)
	if ca.Leaf.NotAfter.Before(end) {
		end = ca.Leaf.NotAfter
	}
	return end.Truncate(time.Second) // all that a certificate can say
}

// sign makes a key and a certificate for it, signed by ca or, without, by itself.
func sign(template *x509.Certificate, ca *tls.Certificate) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	parent, signer := template, crypto.Signer(key)
	if ca != nil {
		parent, signer = ca.Leaf, ca.PrivateKey.(crypto.Signer)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: cert}, nil
}

// namesOf are the names and addresses that a leaf is for.
func namesOf(leaf *x509.Certificate) []string {
	names := slices.Clone(leaf.DNSNames)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// isOurCA tells whether glootrace made a CA that is valid now.
func isOurCA(c *x509.Certificate, now time.Time) bool {
	return c.IsCA && c.Subject.String() == caSubject.String() && !now.Before(c.NotBefore) && now.Before(c.NotAfter)
}

// lastThird tells whether two thirds of a life are over.
func lastThird(c *x509.Certificate, life time.Duration, now time.Time) bool {
	return c.NotAfter.Sub(now) < life/3
}

func encodeCerts(certs ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: certutil.CertificateBlockType, Bytes: c.Raw})...)
	}
	return out
}

// decodeCerts are the certificates in PEM data; where there is none, there is none.
func decodeCerts(data []byte) []*x509.Certificate {
	certs, err := certutil.ParseCertsPEM(data)
	if err != nil {
		return nil
	}
	return certs
}
