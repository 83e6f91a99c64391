package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/test/env"
)

func TestCertificatesSelfManaged(t *testing.T) {
	install(t)
	admits(t)
}

// elsewhere is a Zipkin in the place of the chart's, which takes its time to start and has no part in certificates.
const elsewhere = "zipkin.url=http://zipkin.example"

func TestCertificatesOfYourOwn(t *testing.T) {
	uninstall(t) // the Secret is another one, and who has made the CA bundle too
	const host = release + "." + system + ".svc"
	crt, key, err := cert.GenerateSelfSignedCertKey(host, nil, []string{host})
	if err != nil {
		t.Fatal(err)
	}
	chain, err := cert.ParseCertsPEM(crt)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := cert.EncodeCertificates(chain[len(chain)-1])
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	ensureSystem(t)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "my-certificate", Namespace: system},
		Type:       corev1.SecretTypeTLS,
		Data:       map[string][]byte{corev1.TLSCertKey: crt, corev1.TLSPrivateKeyKey: key},
	}
	if _, err := cluster.CoreV1().Secrets(system).Create(t.Context(), secret, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		uninstall(t)
		if err := cluster.CoreV1().Secrets(system).Delete(context.WithoutCancel(t.Context()), secret.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	install(t, "zipkin.enabled=false", elsewhere, "certificates.mode=secret", "certificates.secretName="+secret.Name, "file:certificates.caBundle="+file)
	admits(t)
}

// certManagerManifest is cert-manager with all rights: what rights it needs is not what this is about.
const certManagerManifest = `
apiVersion: v1
kind: Namespace
metadata: {name: cert-manager}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: cert-manager}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: default, namespace: cert-manager}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cert-manager, namespace: cert-manager}
spec:
  selector: {matchLabels: {app: cert-manager}}
  template:
    metadata: {labels: {app: cert-manager}}
    spec: {containers: [{name: cert-manager, image: "glootrace/certmanager:1"}]}
`

func TestCertificatesOfCertManager(t *testing.T) {
	uninstall(t)
	module, err := env.ModuleDir(t.Context(), "github.com/cert-manager/cert-manager")
	if err != nil {
		t.Fatal(err)
	}
	kubectl(t, "", "apply", "--server-side", "-f", filepath.Join(module, "deploy", "crds"))
	await(t, "cert-manager's CRDs", func(ctx context.Context) error {
		return errors.Join(established(ctx, "issuers.cert-manager.io"), established(ctx, "certificates.cert-manager.io"))
	})
	kubectl(t, certManagerManifest, "apply", "-f", "-")
	await(t, "cert-manager", func(ctx context.Context) error { return available(ctx, "cert-manager", "cert-manager") })
	t.Cleanup(func() {
		uninstall(t)
		// cert-manager leaves what it has issued, and Helm does not take over what it has not created.
		kubectl(t, "", "-n", system, "delete", "secret", release+"-tls", release+"-ca")
	})
	install(t, "zipkin.enabled=false", elsewhere, "certificates.mode=certManager")
	admits(t)

	// A new certificate is served without anybody's doing.
	before := secretVersion(t)
	if err := cluster.CoreV1().Secrets(system).Delete(t.Context(), release+"-tls", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "another certificate", func(ctx context.Context) error {
		s, err := cluster.CoreV1().Secrets(system).Get(ctx, release+"-tls", metav1.GetOptions{})
		if err == nil && (string(s.UID) == before || len(s.Data[corev1.TLSCertKey]) == 0) {
			err = errors.New("it is the one before")
		}
		return err
	})
	admits(t)
}

func secretVersion(t testing.TB) string {
	t.Helper()
	s, err := cluster.CoreV1().Secrets(system).Get(t.Context(), release+"-tls", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return string(s.UID)
}

// admits waits until the API server trusts the webhook, and Gloo's objects pass through it.
func admits(t testing.TB) {
	t.Helper()
	ns := namespace(t)
	n := 0
	await(t, "an admission", func(ctx context.Context) error {
		n++
		return errors.Join(trusted(ctx), applyVirtualService(ctx, ns, fmt.Sprintf("admitted-%d", n)))
	})
}

// trusted fails unless both webhook configurations hold a CA.
func trusted(ctx context.Context) error {
	var mutating admissionv1.MutatingWebhookConfiguration
	var validating admissionv1.ValidatingWebhookConfiguration
	key := client.ObjectKey{Name: release}
	if err := errors.Join(objects.Get(ctx, key, &mutating), objects.Get(ctx, key, &validating)); err != nil {
		return err
	}
	var configs []admissionv1.WebhookClientConfig
	for _, w := range mutating.Webhooks {
		configs = append(configs, w.ClientConfig)
	}
	for _, w := range validating.Webhooks {
		configs = append(configs, w.ClientConfig)
	}
	for _, c := range configs {
		if len(c.CABundle) == 0 {
			return errors.New("a webhook has no CA")
		}
	}
	return nil
}

func ensureSystem(t testing.TB) {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: system}}
	if _, err := cluster.CoreV1().Namespaces().Create(t.Context(), ns, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}
