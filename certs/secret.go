package certs

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/keyutil"
)

// marked is the annotation of a Secret that glootrace made. Without it a Secret
// is somebody else's and is left alone, whatever its name.
const (
	marked    = "glootrace.dev/certificates"
	markValue = "self-managed"
)

const notOurs = "this Secret is not glootrace's, which would have the annotation " + marked + ": " + markValue +
	"; it is left alone and not used: delete it and let helm upgrade make it anew, or give glootrace another name"

// What the Secret holds. ca.crt, tls.crt and tls.key mean what they mean in
// every Secret of this kind.
const (
	caCert, caKey     = "ca.crt", "ca.key"
	nextCert, nextKey = "next-ca.crt", "next-ca.key"
	oldCerts          = "old-ca.crt"
	oldUntil          = "old-ca-until"
	leafCert, leafKey = corev1.TLSCertKey, corev1.TLSPrivateKeyKey
)

var secretKeys = []string{caCert, caKey, nextCert, nextKey, oldCerts, oldUntil, leafCert, leafKey}

// emptySecret is a Secret of glootrace's own before anything is in it.
func emptySecret(namespace, name string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name,
			Labels:      map[string]string{"app.kubernetes.io/managed-by": "glootrace"},
			Annotations: map[string]string{marked: markValue},
		},
		Type: corev1.SecretTypeOpaque,
	}
}

// encode is the Secret with the state in it; whatever else is there stays.
func (s state) encode(into *corev1.Secret) (*corev1.Secret, error) {
	out := into.DeepCopy()
	data := maps.Clone(out.Data)
	if data == nil {
		data = map[string][]byte{}
	}
	for _, key := range secretKeys {
		delete(data, key)
	}
	for _, p := range []struct {
		cert, key string
		pair      *tls.Certificate
	}{{caCert, caKey, s.ca}, {nextCert, nextKey, s.next}, {leafCert, leafKey, s.leaf}} {
		if p.pair == nil {
			continue
		}
		der, err := x509.MarshalPKCS8PrivateKey(p.pair.PrivateKey)
		if err != nil {
			return nil, fmt.Errorf("encoding %s: %w", p.key, err)
		}
		data[p.cert] = encodeCerts(p.pair.Leaf)
		data[p.key] = pem.EncodeToMemory(&pem.Block{Type: keyutil.PrivateKeyBlockType, Bytes: der})
	}
	if len(s.old) > 0 {
		data[oldCerts] = encodeCerts(s.old...)
		data[oldUntil] = []byte(s.oldUntil.UTC().Format(time.RFC3339))
	}
	out.Data = data
	return out, nil
}

// decode reads the state that a Secret holds, and what is in it that can not be
// used. A part that is not there is no fault.
func decode(secret *corev1.Secret) (s state, faults []string) {
	data := secret.Data
	pair := func(cert, key string) *tls.Certificate {
		if len(data[cert]) == 0 && len(data[key]) == 0 {
			return nil
		}
		p, err := tls.X509KeyPair(data[cert], data[key]) // its errors tell nothing of the key
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s and %s: %v", cert, key, err))
			return nil
		}
		return &p
	}
	s = state{ca: pair(caCert, caKey), next: pair(nextCert, nextKey), leaf: pair(leafCert, leafKey)}
	if old := data[oldCerts]; len(old) > 0 {
		s.old = decodeCerts(old)
		until, err := time.Parse(time.RFC3339, string(data[oldUntil]))
		if len(s.old) == 0 {
			faults = append(faults, oldCerts+": no certificates")
		} else if err != nil {
			faults = append(faults, oldUntil+": no time")
		}
		s.oldUntil = until
	} else if len(data[oldUntil]) > 0 {
		faults = append(faults, oldCerts+": it is gone")
	}
	// Without the CA's own key nothing can be made of the rest, but it was there.
	if s.ca == nil && s.leaf != nil && len(faults) == 0 {
		faults = append(faults, "a leaf without its CA")
	}
	return s, slices.Clip(faults)
}

// Inspect says of a Secret of self-managed certificates what is wrong with it.
func Inspect(secret *corev1.Secret) (faults []string) {
	if secret.Annotations[marked] != markValue {
		return []string{notOurs}
	}
	s, faults := decode(secret)
	if s.leaf == nil && len(faults) == 0 {
		faults = append(faults, "there is no certificate in it")
	}
	return faults
}
