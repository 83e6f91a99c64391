package certs

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// https is the port where a webhook is called if none is given.
const https = 443

// Live is what the API server holds now: the two webhook configurations.
type Live struct {
	// Foreign if somebody else keeps certificate and bundles: cert-manager, or you.
	Foreign bool
	// The configurations; nil if one does not exist.
	Mutating   *admissionv1.MutatingWebhookConfiguration
	Validating *admissionv1.ValidatingWebhookConfiguration

	hooks []hook
	// missing are the configurations that do not exist.
	missing []string
}

// hook is one webhook: whom the API server calls, and what it trusts there.
type hook struct {
	name    string // for people
	webhook string // in its configuration
	config  client.Object
	at      Address
	bundle  []byte
	cas     []*x509.Certificate
}

// Address is where the API server calls a webhook: a port of a Service, or of any host.
type Address struct {
	Namespace, Service string // both empty: a host
	Host               string // the name that the certificate has to be for
	Port               int
}

// roots are what the API server verifies with; without a bundle, its host's own CAs.
// Those of this host are the best guess, and no guess at all for a CA of glootrace's own.
func (l *Live) roots(h hook) *x509.CertPool {
	if len(h.bundle) == 0 && l.Foreign {
		return nil
	}
	return pool(h.cas...)
}

// elsewhere tells that a URL names a host that somebody else's certificate is not
// for: there may be a proxy with a certificate of its own, of which nothing is known.
func (l *Live) elsewhere(h hook, leaf *x509.Certificate) bool {
	return l.Foreign && h.at.Service == "" && leaf.VerifyHostname(h.at.Host) != nil
}

// ReadLive reads both webhook configurations of a name.
func ReadLive(ctx context.Context, c client.Client, name string, foreign bool) (*Live, error) {
	l := &Live{Foreign: foreign}
	mutating, validating := &admissionv1.MutatingWebhookConfiguration{}, &admissionv1.ValidatingWebhookConfiguration{}
	for kind, config := range map[string]client.Object{
		"MutatingWebhookConfiguration": mutating, "ValidatingWebhookConfiguration": validating,
	} {
		switch err := c.Get(ctx, client.ObjectKey{Name: name}, config); {
		case apierrors.IsNotFound(err):
			l.missing = append(l.missing, kind+" "+name)
		case err != nil:
			return nil, fmt.Errorf("reading %s %s: %w", kind, name, err)
		case kind == "MutatingWebhookConfiguration":
			l.Mutating = mutating
		default:
			l.Validating = validating
		}
	}
	slices.Sort(l.missing)
	add := func(config client.Object, kind, webhook string, cc admissionv1.WebhookClientConfig) {
		h := hook{name: fmt.Sprintf("%s %s, webhook %s", kind, name, webhook), webhook: webhook, config: config,
			bundle: cc.CABundle, cas: decodeCerts(cc.CABundle)}
		if s := cc.Service; s != nil {
			h.at = Address{Namespace: s.Namespace, Service: s.Name, Host: s.Name + "." + s.Namespace + ".svc", Port: int(ptr.Deref(s.Port, https))}
		} else if u, err := url.Parse(ptr.Deref(cc.URL, "")); err == nil {
			port, _ := strconv.Atoi(u.Port())
			h.at = Address{Host: u.Hostname(), Port: cmp.Or(port, https)}
		}
		l.hooks = append(l.hooks, h)
	}
	for _, w := range mutating.Webhooks {
		add(mutating, "MutatingWebhookConfiguration", w.Name, w.ClientConfig)
	}
	for _, w := range validating.Webhooks {
		add(validating, "ValidatingWebhookConfiguration", w.Name, w.ClientConfig)
	}
	return l, nil
}

// Complete is an error if a configuration does not exist.
func (l *Live) Complete() error {
	if len(l.missing) > 0 {
		return fmt.Errorf("%s does not exist", l.missing[0])
	}
	return nil
}

// Trusts tells whether every bundle holds a CA.
func (l *Live) Trusts(ca *x509.Certificate) bool {
	return !slices.ContainsFunc(l.hooks, func(h hook) bool { return !slices.ContainsFunc(h.cas, ca.Equal) })
}

// Addresses are where the API server calls glootrace, each once.
func (l *Live) Addresses() []Address {
	var all []Address
	for _, h := range l.hooks {
		if !slices.Contains(all, h.at) {
			all = append(all, h.at)
		}
	}
	return all
}

// all are the certificates in any bundle.
func (l *Live) all() []*x509.Certificate {
	var all []*x509.Certificate
	for _, h := range l.hooks {
		for _, c := range h.cas {
			if !slices.ContainsFunc(all, c.Equal) {
				all = append(all, c)
			}
		}
	}
	return all
}

// write puts the bundle wherever it is not, and tells into which webhooks. It changes
// only what was read: a configuration that has changed since is a conflict. Since
// the configurations are read before the Secret that says what the bundle is, no
// replica can put an older bundle in the place of a newer one.
func (l *Live) write(ctx context.Context, c client.Client, bundle []*x509.Certificate) (written []string, err error) {
	type entry struct {
		Name         string `json:"name"`
		ClientConfig struct {
			CABundle []byte `json:"caBundle"`
		} `json:"clientConfig"`
	}
	patches := map[client.Object][]entry{}
	for _, h := range l.hooks {
		if same(h.cas, bundle) {
			continue
		}
		e := entry{Name: h.webhook}
		e.ClientConfig.CABundle = encodeCerts(bundle...)
		patches[h.config] = append(patches[h.config], e)
	}
	var errs []error
	for config, entries := range patches {
		// A patch and not an update: an API server younger than this program may
		// know fields that an update would lose.
		patch, err := json.Marshal(map[string]any{
			"metadata": metav1.ObjectMeta{ResourceVersion: config.GetResourceVersion()},
			"webhooks": entries,
		})
		if err == nil {
			err = c.Patch(ctx, config, client.RawPatch(types.StrategicMergePatchType, patch), client.FieldOwner("glootrace"))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("writing the CA bundle: %w", err))
			continue
		}
		for _, e := range entries {
			written = append(written, e.Name)
		}
	}
	return written, errors.Join(errs...)
}

// same tells whether two bundles hold the same certificates, in whatever order.
func same(a, b []*x509.Certificate) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(c *x509.Certificate) bool { return !slices.ContainsFunc(b, c.Equal) })
}
