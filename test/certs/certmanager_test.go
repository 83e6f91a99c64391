package certs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	"github.com/cert-manager/cert-manager/pkg/controller/cainjector"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	certutil "k8s.io/client-go/util/cert"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/glootrace/glootrace/certs"
	"github.com/glootrace/glootrace/test/env"
)

// The bundle is written by cert-manager's own cainjector. The test stands in for
// its issuer, which writes the Secret, and for the kubelet, which writes the files.
func TestCertManagersCertificateIsServedAndHeldToItsBundle(t *testing.T) {
	dir := t.TempDir()
	f := newFleet(t)
	if err := admin.Delete(t.Context(), secret()); err != nil { // it is cert-manager's to make
		t.Fatal(err)
	}
	startCAInjector(t)
	certificate := &cmapi.Certificate{
		ObjectMeta: metav1.ObjectMeta{Namespace: secretKey.Namespace, Name: "glootrace"},
		Spec:       cmapi.CertificateSpec{SecretName: secretKey.Name, IssuerRef: cmmeta.IssuerReference{Name: "glootrace"}, DNSNames: []string{"glootrace.gloo-system.svc"}},
	}
	c, err := client.New(cluster.Config, client.Options{Scheme: certManagerScheme(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Create(t.Context(), certificate); err != nil {
		t.Fatal(err)
	}
	for _, o := range registration("") {
		annotate := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"cert-manager.io/inject-ca-from":"gloo-system/glootrace"}}}`))
		if err := admin.Patch(t.Context(), o, annotate); err != nil {
			t.Fatal(err)
		}
	}

	first := issue(t)
	mount(t, dir, first)
	r := f.startWith(certs.Options{Dir: dir, Webhooks: name, Timing: certs.Timing{Interval: brief.Interval}})
	eventually(t, "the leaf is served", 20*time.Second, func() bool { return r.leaf() != nil })
	if r.Healthy() == nil {
		t.Error("ready before cert-manager has injected its CA")
	}
	eventually(t, "a reason", 5*time.Second, func() bool { return strings.Contains(fmt.Sprint(r.Healthy()), "is stale: it is empty") })
	store(t, first)
	eventually(t, "an admission", 20*time.Second, func() bool { return r.Healthy() == nil && admit() == nil })

	second := issue(t)
	store(t, second)
	eventually(t, "both CAs in the bundle", 20*time.Second, func() bool { return len(bundle(t)) == 2 })
	if err := errors.Join(r.Healthy(), admit()); err != nil {
		t.Errorf("while the kubelet has not brought the second certificate: %v", err)
	}
	before := r.leaf()
	mount(t, dir, second)
	eventually(t, "the second certificate is served", 20*time.Second, func() bool { return !r.leaf().Equal(before) })
	if err := errors.Join(r.Healthy(), admit()); err != nil {
		t.Error(err)
	}
}

// issue makes what an issuer makes.
func issue(t testing.TB) map[string][]byte {
	t.Helper()
	crt, key, err := certutil.GenerateSelfSignedCertKey("localhost", []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := certutil.ParseCertsPEM(crt)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := certutil.EncodeCertificates(chain[len(chain)-1])
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"tls.crt": crt, "tls.key": key, "ca.crt": ca}
}

// store writes the Secret as cert-manager does.
func store(t testing.TB, data map[string][]byte) {
	t.Helper()
	s := secret()
	s.Type, s.Data = corev1.SecretTypeTLS, data
	s.Annotations = map[string]string{cmapi.CertificateNameKey: "glootrace"}
	err := admin.Create(t.Context(), s)
	if apierrors.IsAlreadyExists(err) {
		err = admin.Update(t.Context(), s)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// mount writes the files as the kubelet does: a new folder, and a link to it swapped in.
func mount(t testing.TB, dir string, data map[string][]byte) {
	t.Helper()
	version, err := os.MkdirTemp(dir, "..version")
	if err != nil {
		t.Fatal(err)
	}
	for file, content := range data {
		if err := os.WriteFile(filepath.Join(version, file), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join("..data", file), filepath.Join(dir, file)); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "..new")
	if err := os.Symlink(filepath.Base(version), link); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(link, filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
}

func certManagerScheme(t testing.TB) *runtime.Scheme {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, cmapi.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	return scheme
}

// startCAInjector runs cert-manager's cainjector until the test is over.
func startCAInjector(t testing.TB) {
	t.Helper()
	module, err := env.ModuleDir(t.Context(), "github.com/cert-manager/cert-manager")
	if err != nil {
		t.Fatal(err)
	}
	crd := filepath.Join(module, "deploy", "crds", "cert-manager.io_certificates.yaml")
	if _, _, err := cluster.Kubectl(t.Context(), "", "apply", "--server-side", "-f", crd); err != nil {
		t.Fatal(err)
	}
	if _, _, err := cluster.Kubectl(t.Context(), "", "wait", "--for=condition=Established", "crd/certificates.cert-manager.io"); err != nil {
		t.Fatal(err)
	}
	config := rest.CopyConfig(cluster.Config)
	config.UserAgent = "cert-manager-cainjector/test" // it is its field manager too
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: certManagerScheme(t), Logger: logs(t), Metrics: metricsserver.Options{BindAddress: "0"},
		// As in its own program: Secrets are watched by their metadata, and read when they have changed.
		Client: client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := cainjector.RegisterAllInjectors(t.Context(), mgr, cainjector.SetupOptions{
		EnableCertificatesDataSource: true,
		EnabledReconcilersFor: map[string]bool{
			cainjector.MutatingWebhookConfigurationName: true, cainjector.ValidatingWebhookConfigurationName: true,
		},
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); mgr.Start(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
}
