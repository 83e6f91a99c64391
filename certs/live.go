package certs

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// live is what the API server holds now: the two webhook configurations.
type live struct {
	hooks []hook
	// missing are the configurations that do not exist.
	missing []string
}

// hook is one webhook: whom the API server calls, and what it trusts there.
type hook struct {
	name    string // for people
	webhook string // in its configuration
	config  client.Object
	host    string // the name that the certificate has to be for
	byURL   bool
	bundle  []byte
	cas     []*x509.Certificate
	// foreign if somebody else keeps certificate and bundle.
	foreign bool
}

// roots are what the API server verifies with; without a bundle, its host's own CAs.
// Those of this host are the best guess, and no guess at all for a CA of glootrace's own.
func (h hook) roots() *x509.CertPool {
	if len(h.bundle) == 0 && h.foreign {
		return nil
	}
	return pool(h.cas...)
}

// elsewhere tells that a URL names a host that somebody else's certificate is not
// for: there may be a proxy with a certificate of its own, of which nothing is known.
func (h hook) elsewhere(leaf *x509.Certificate) bool {
	return h.foreign && h.byURL && leaf.VerifyHostname(h.host) != nil
}

// readLive reads both webhook configurations of a name.
func readLive(ctx context.Context, c client.Client, name string, foreign bool) (*live, error) {
	l := &live{}
	var mutating admissionv1.MutatingWebhookConfiguration
	var validating admissionv1.ValidatingWebhookConfiguration
	for kind, config := range map[string]client.Object{
		"MutatingWebhookConfiguration": &mutating, "ValidatingWebhookConfiguration": &validating,
	} {
		switch err := c.Get(ctx, client.ObjectKey{Name: name}, config); {
		case apierrors.IsNotFound(err):
			l.missing = append(l.missing, kind+" "+name)
		case err != nil:
			return nil, fmt.Errorf("reading %s %s: %w", kind, name, err)
		}
	}
	slices.Sort(l.missing)
	add := func(config client.Object, kind, webhook string, cc admissionv1.WebhookClientConfig) {
		h := hook{name: fmt.Sprintf("%s %s, webhook %s", kind, name, webhook), webhook: webhook, config: config,
			bundle: cc.CABundle, cas: decodeCerts(cc.CABundle), foreign: foreign}
		if s := cc.Service; s != nil {
			h.host = s.Name + "." + s.Namespace + ".svc"
		} else if cc.URL != nil {
			h.byURL = true
			if u, err := url.Parse(*cc.URL); err == nil {
				h.host = u.Hostname()
			}
		}
		l.hooks = append(l.hooks, h)
	}
	for _, w := range mutating.Webhooks {
		add(&mutating, "MutatingWebhookConfiguration", w.Name, w.ClientConfig)
	}
	for _, w := range validating.Webhooks {
		add(&validating, "ValidatingWebhookConfiguration", w.Name, w.ClientConfig)
	}
	return l, nil
}

// complete is an error if a configuration does not exist.
func (l *live) complete() error {
	if len(l.missing) > 0 {
		return fmt.Errorf("%s does not exist", l.missing[0])
	}
	return nil
}

// all are the certificates in any bundle.
func (l *live) all() []*x509.Certificate {
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
func (l *live) write(ctx context.Context, c client.Client, bundle []*x509.Certificate) (written []string, err error) {
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
