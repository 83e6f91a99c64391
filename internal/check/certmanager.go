package check

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	certutil "k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// scheme knows cert-manager's kinds too. Of cert-manager only the types are needed:
// they add two modules and half a megabyte to the program.
var scheme = func() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(s))
	utilruntime.Must(cmapi.AddToScheme(s))
	return s
}()

// readCertManager reads, in mode certManager, the Certificate and what it depends on.
func readCertManager(ctx context.Context, c cluster, f *facts) error {
	if f.keeping.mode != byManager {
		return nil
	}
	var cert cmapi.Certificate
	switch err := c.client.Get(ctx, f.keeping.certificate, &cert); {
	case meta.IsNoMatchError(err):
		f.certManager.absent = true
		return nil
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return err
	}
	f.certManager.certificate = &cert
	if err := readRequest(ctx, c, f); err != nil {
		return err
	}
	return readIssuer(ctx, c, f)
}

func readRequest(ctx context.Context, c cluster, f *facts) error {
	cert := f.certManager.certificate
	var requests cmapi.CertificateRequestList
	if err := c.client.List(ctx, &requests, client.InNamespace(cert.Namespace)); err != nil {
		return err
	}
	requests.Items = slices.DeleteFunc(requests.Items, func(r cmapi.CertificateRequest) bool {
		return r.Annotations[cmapi.CertificateNameKey] != cert.Name
	})
	if len(requests.Items) > 0 {
		newest := slices.MaxFunc(requests.Items, func(a, b cmapi.CertificateRequest) int {
			return cmp.Or(cmp.Compare(revision(a), revision(b)), a.CreationTimestamp.Compare(b.CreationTimestamp.Time))
		})
		f.certManager.request = &newest
	}
	return nil
}

// revision says of which try a request is; 0 if it does not tell.
func revision(r cmapi.CertificateRequest) int {
	n, _ := strconv.Atoi(r.Annotations[cmapi.CertificateRequestRevisionAnnotationKey])
	return n
}

func readIssuer(ctx context.Context, c cluster, f *facts) error {
	cert := f.certManager.certificate
	ref := cert.Spec.IssuerRef
	if g := ref.Group; g != "" && g != cmapi.SchemeGroupVersion.Group {
		f.certManager.foreign = true
		return nil
	}
	issuer, key := cmapi.GenericIssuer(&cmapi.Issuer{}), client.ObjectKey{Namespace: cert.Namespace, Name: ref.Name}
	if ref.Kind == cmapi.ClusterIssuerKind {
		issuer, key = &cmapi.ClusterIssuer{}, client.ObjectKey{Name: ref.Name}
	}
	switch err := c.client.Get(ctx, key, issuer.(client.Object)); {
	case err == nil:
		f.certManager.issuer = issuer
	case client.IgnoreNotFound(err) != nil:
		return err
	}
	return nil
}

// managed is a check that applies in mode certManager only.
func managed(run func(certManager, *facts) verdict) func(*facts) verdict {
	return func(f *facts) verdict {
		if f.keeping.mode != byManager {
			return verdict{}
		}
		return run(f.certManager, f)
	}
}

func certificateReady(m certManager, f *facts) verdict {
	key := f.keeping.certificate
	switch {
	case m.absent:
		return fail("this cluster does not know cert-manager's Certificates").by("install cert-manager, or glootrace in another certificate mode")
	case m.certificate == nil:
		return fail("Certificate %s, which the webhook configurations name, does not exist", key)
	}
	ready := certificateCondition(m.certificate, cmapi.CertificateConditionReady)
	switch {
	case ready == nil:
		return fail("Certificate %s: cert-manager has not looked at it yet", key).by("see whether cert-manager's controller runs: kubectl get pods -A -l app.kubernetes.io/name=cert-manager")
	case ready.Status == cmmeta.ConditionTrue && ready.ObservedGeneration == m.certificate.Generation:
		return ok("Certificate %s%s", key, renewal(m.certificate))
	case ready.Status == cmmeta.ConditionTrue:
		return warn("Certificate %s: cert-manager has not seen its last change yet", key)
	}
	reason := fmt.Sprintf("Certificate %s is not ready, %s: %s", key, ready.Reason, ready.Message)
	if issuing := certificateCondition(m.certificate, cmapi.CertificateConditionIssuing); issuing != nil {
		reason += fmt.Sprintf("; issuing %s, %s: %s", issuing.Status, issuing.Reason, issuing.Message)
	}
	return fail("%s", reason).by("kubectl -n %s describe certificate %s", key.Namespace, key.Name)
}

func renewal(c *cmapi.Certificate) string {
	if c.Status.RenewalTime == nil {
		return ""
	}
	return ", to be renewed at " + c.Status.RenewalTime.UTC().Format(time.RFC3339)
}

func requestGranted(m certManager, _ *facts) verdict {
	r := m.request
	if r == nil {
		return verdict{} // the Certificate says whether that is well
	}
	condition := func(of cmapi.CertificateRequestConditionType) (is bool, why string) {
		for _, c := range r.Status.Conditions {
			if c.Type == of {
				return c.Status == cmmeta.ConditionTrue, c.Reason + ": " + c.Message
			}
		}
		return false, ""
	}
	name := "CertificateRequest " + r.Namespace + "/" + r.Name
	fix := fmt.Sprintf("kubectl -n %s describe certificaterequest %s", r.Namespace, r.Name)
	if is, why := condition(cmapi.CertificateRequestConditionDenied); is {
		return fail("%s was denied, %s", name, why).by("%s", fix)
	}
	if is, why := condition(cmapi.CertificateRequestConditionInvalidRequest); is {
		return fail("%s is invalid, %s", name, why).by("%s", fix)
	}
	ready, why := condition(cmapi.CertificateRequestConditionReady)
	if ready {
		return ok("%s", name)
	}
	if is, _ := condition(cmapi.CertificateRequestConditionApproved); !is {
		return fail("%s waits for approval", name).by("see whether cert-manager's approver or another one runs, or approve it: cmctl approve -n %s %s", r.Namespace, r.Name)
	}
	if why == "" {
		why = "nobody has looked at it yet"
	}
	return fail("%s waits for its issuer, %s", name, why).by("%s", fix)
}

func issuerReady(m certManager, _ *facts) verdict {
	if m.certificate == nil {
		return verdict{}
	}
	ref := m.certificate.Spec.IssuerRef
	kind := cmp.Or(ref.Kind, cmapi.IssuerKind)
	if m.foreign {
		return ok("%s %s of %s: not one of cert-manager's own, taken for good", kind, ref.Name, ref.Group)
	}
	if m.issuer == nil {
		return fail("%s %s, which Certificate %s/%s names, does not exist", kind, ref.Name, m.certificate.Namespace, m.certificate.Name)
	}
	for _, c := range m.issuer.GetStatus().Conditions {
		if c.Type != cmapi.IssuerConditionReady {
			continue
		}
		if c.Status == cmmeta.ConditionTrue {
			return ok("%s %s", kind, ref.Name)
		}
		return fail("%s %s is not ready, %s: %s", kind, ref.Name, c.Reason, c.Message)
	}
	return fail("%s %s: cert-manager has not looked at it yet", kind, ref.Name)
}

// caInjected looks for cainjector's work.
func caInjected(m certManager, f *facts) verdict {
	annotations := f.annotations()
	for _, kind := range slices.Sorted(maps.Keys(annotations)) {
		if from := annotations[kind][cmapi.WantInjectAnnotation]; from != f.keeping.certificate.String() {
			return fail("%s has annotation %s: %q, the other one names Certificate %s", kind, cmapi.WantInjectAnnotation, from, f.keeping.certificate)
		}
	}
	if f.secret == nil {
		return verdict{}
	}
	cas, err := certutil.ParseCertsPEM(f.secret.Data[cmmeta.TLSCAKey])
	if err != nil {
		return fail("Secret %s holds no CA in %s, so cainjector has nothing to inject", f.keeping.secret, cmmeta.TLSCAKey).
			by("use an issuer that tells its CA (an ACME issuer does not), or mode secret with a bundle of your own")
	}
	for _, ca := range cas {
		if !f.live.Trusts(ca) {
			return fail("the CA bundles do not hold the CA of Secret %s yet: they wait for cainjector", f.keeping.secret)
		}
	}
	return ok("the bundles hold the CA of Secret %s", f.keeping.secret)
}

func certificateCondition(c *cmapi.Certificate, of cmapi.CertificateConditionType) *cmapi.CertificateCondition {
	for i := range c.Status.Conditions {
		if c.Status.Conditions[i].Type == of {
			return &c.Status.Conditions[i]
		}
	}
	return nil
}
