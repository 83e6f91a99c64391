package check

import (
	"strings"
	"testing"
	"time"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	registrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	certutil "k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/certs"
	"github.com/glootrace/glootrace/internal/check"
)

// state is a world in which a check has something to say.
type state struct {
	name  string
	world func(testing.TB) *world
	spoil func(*world)
	check string
	want  check.Status
	says  string
}

func TestEachCheckFails(t *testing.T) {
	mutating := func(w *world, by func(*registrationv1.MutatingWebhookConfiguration)) {
		change(w, &registrationv1.MutatingWebhookConfiguration{}, w.namespace, by)
	}
	for _, s := range []state{
		{"nothing is wrong", selfManaged, nil, "ca-bundle", check.OK, ""},
		{"a configuration is gone", selfManaged, func(w *world) { w.delete(&registrationv1.ValidatingWebhookConfiguration{}, w.namespace) },
			"webhook-configurations", check.Fail, "ValidatingWebhookConfiguration"},
		{"the Service is gone", selfManaged, func(w *world) { w.delete(&corev1.Service{}, "glootrace") },
			"webhook-service", check.Fail, "does not exist"},
		{"the Service is gone, and replicas are there", selfManaged, func(w *world) {
			w.deploy(2)
			w.delete(&corev1.Service{}, "glootrace")
		}, "webhook-replicas", check.Fail, "the Service leads to none of the 2 of Deployment"},
		{"the Service selects other pods", selfManaged, func(w *world) {
			w.deploy(2)
			change(w, &corev1.Service{}, "glootrace", func(s *corev1.Service) { s.Spec.Selector["x"] = "y" })
		}, "webhook-service", check.Fail, "selects no pod of Deployment glootrace: its selector is app=glootrace,x=y"},
		{"the Service has another port", selfManaged, func(w *world) {
			change(w, &corev1.Service{}, "glootrace", func(s *corev1.Service) { s.Spec.Ports[0].Port = 444 })
		}, "webhook-service", check.Fail, "has no port 443"},
		{"there is no replica", selfManaged, func(w *world) {
			w.delete(&corev1.Pod{}, "glootrace-0")
			w.delete(&corev1.Pod{}, "glootrace-1")
		}, "webhook-replicas", check.Fail, "there are none"},
		{"it was scaled to none", selfManaged, func(w *world) {
			w.delete(&corev1.Pod{}, "glootrace-0")
			w.delete(&corev1.Pod{}, "glootrace-1")
			w.deploy(0)
		}, "webhook-replicas", check.Fail, "/glootrace has 0 replicas"},
		{"a replica is not ready", selfManaged, func(w *world) { w.ready(w.replicas[0], corev1.ConditionFalse) },
			"webhook-replicas", check.Warn, "1 of 2; pod "},
		{"no replica is ready", selfManaged, func(w *world) {
			w.ready(w.replicas[0], corev1.ConditionFalse)
			w.ready(w.replicas[1], corev1.ConditionFalse)
		}, "webhook-replicas", check.Fail, "0 of 2; pod "},
		{"there is one replica", selfManaged, func(w *world) { w.delete(&corev1.Pod{}, "glootrace-1") },
			"webhook-availability", check.Warn, "there is one replica"},
		{"there is no PodDisruptionBudget", selfManaged, func(w *world) { w.delete(&policyv1.PodDisruptionBudget{}, "glootrace") },
			"webhook-availability", check.Warn, "no PodDisruptionBudget"},
		{"the Policy is wrong", selfManaged, func(w *world) {
			change(w, &corev1.ConfigMap{}, "policy", func(m *corev1.ConfigMap) { m.Data["policy.yaml"] = w.policy + "agnt: {}\n" })
		}, "policy-valid", check.Fail, "policy.yaml:4: unknown field agnt"},
		{"the Policy is gone", selfManaged, func(w *world) { w.delete(&corev1.ConfigMap{}, "policy") },
			"policy-valid", check.Fail, "does not exist"},
		{"a replica has another Policy", selfManaged, func(w *world) { w.policy += "# before" },
			"policy-loaded", check.Warn, "has another one"},
		{"cert-manager is asked for a CA that glootrace keeps", selfManaged, func(w *world) {
			w.create(certificate(w))
			w.annotate(w.namespace + "/glootrace")
		}, "certificate-keeper", check.Fail, "each overwrites the other"},
		{"the Secret is gone", selfManaged, func(w *world) { w.delete(&corev1.Secret{}, "glootrace-certs") },
			"certificate-secret", check.Fail, "does not exist"},
		{"the Secret is somebody else's", selfManaged, func(w *world) {
			change(w, &corev1.Secret{}, "glootrace-certs", func(s *corev1.Secret) { s.Annotations = nil })
		}, "certificate-secret", check.Fail, "not glootrace's"},
		{"the Secret is garbage", selfManaged, func(w *world) {
			change(w, &corev1.Secret{}, "glootrace-certs", func(s *corev1.Secret) { s.Data["tls.crt"] = []byte("garbage") })
		}, "certificate-secret", check.Fail, "tls.crt and tls.key"},
		{"your own Secret is garbage", withFiles, func(w *world) {
			change(w, &corev1.Secret{}, "mine", func(s *corev1.Secret) { s.Data["tls.key"] = []byte("garbage") })
		}, "certificate-secret", check.Fail, "tls.crt and tls.key"},
		{"your own Secret has a certificate of another CA", withFiles, func(w *world) {
			crt, key, err := certutil.GenerateSelfSignedCertKey("other", nil, nil)
			if err != nil {
				w.t.Fatal(err)
			}
			change(w, &corev1.Secret{}, "mine", func(s *corev1.Secret) { s.Data["tls.crt"], s.Data["tls.key"] = crt, key })
		}, "served-current", check.Warn, "the API server would not trust what the Secret holds"},
		{"a replica does not listen", selfManaged, func(w *world) { w.listener.Close() },
			"served-certificate", check.Fail, "connection refused"},
		{"a replica has no certificate", selfManaged, func(w *world) { w.leaf.Store(nil) },
			"served-certificate", check.Fail, "TLS"},
		{"a replica serves what was in the Secret before", selfManaged, func(w *world) {
			w.delete(&corev1.Secret{}, "glootrace-certs")
			before := w.leaf.Load()
			w.keep(certs.Timing{})
			w.leaf.Store(before)
		}, "served-current", check.Warn, "serves another one"},
		{"the bundle is emptied", selfManaged, func(w *world) {
			mutating(w, func(c *registrationv1.MutatingWebhookConfiguration) { c.Webhooks[0].ClientConfig.CABundle = nil })
		}, "ca-bundle", check.Fail, "is stale: it is empty"},
		{"the bundle is garbage", selfManaged, func(w *world) {
			mutating(w, func(c *registrationv1.MutatingWebhookConfiguration) {
				c.Webhooks[0].ClientConfig.CABundle = []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
			})
		}, "ca-bundle", check.Fail, "can not be read: it holds no certificate"},
		{"the bundle is of another CA", selfManaged, func(w *world) {
			crt, _, err := certutil.GenerateSelfSignedCertKey("other", nil, nil)
			if err != nil {
				w.t.Fatal(err)
			}
			w.trust(crt)
		}, "ca-bundle", check.Fail, "is stale"},
		{"the leaf has expired", func(t testing.TB) *world {
			w := newWorld(t)
			w.keep(certs.Timing{Now: func() time.Time { return time.Now().Add(-8 * 24 * time.Hour) }})
			return w
		}, nil, "ca-bundle", check.Fail, "the served certificate is stale: it expired at"},
		{"the leaf is about to expire", func(t testing.TB) *world {
			w := newWorld(t)
			w.keep(certs.Timing{Now: func() time.Time { return time.Now().Add(-163 * time.Hour) }})
			return w
		}, nil, "certificate-expiry", check.Warn, "the served certificate is valid until"},
		{"the CA is about to expire", func(t testing.TB) *world {
			w := newWorld(t)
			w.keep(certs.Timing{CA: 8 * 24 * time.Hour, Leaf: 365 * 24 * time.Hour, Now: func() time.Time { return time.Now().Add(-7*24*time.Hour - 12*time.Hour) }})
			return w
		}, nil, "certificate-expiry", check.Warn, "is valid until"},

		{"all is well with cert-manager", managed, nil, "cert-manager-certificate", check.OK, "Certificate"},
		{"the Certificate does not exist", managed, func(w *world) { w.delete(&cmapi.Certificate{}, "glootrace") },
			"cert-manager-certificate", check.Fail, "does not exist"},
		{"the Certificate is not ready", managed, func(w *world) {
			w.certificate(cmapi.CertificateCondition{Type: cmapi.CertificateConditionReady, Status: cmmeta.ConditionFalse, Reason: "DoesNotExist", Message: "Issuing certificate as Secret does not exist"},
				cmapi.CertificateCondition{Type: cmapi.CertificateConditionIssuing, Status: cmmeta.ConditionFalse, Reason: "Failed", Message: "The certificate request has failed to complete and will be retried"})
		}, "cert-manager-certificate", check.Fail, "DoesNotExist: Issuing certificate as Secret does not exist; issuing False, Failed: The certificate request has failed"},
		{"cert-manager does not run", managed, func(w *world) { w.certificate() },
			"cert-manager-certificate", check.Fail, "cert-manager has not looked at it yet"},
		{"the issuer does not exist", managed, func(w *world) { w.delete(&cmapi.Issuer{}, "glootrace") },
			"cert-manager-issuer", check.Fail, "does not exist"},
		{"the issuer is not ready", managed, func(w *world) { w.issuer(cmmeta.ConditionFalse, "ErrGetKeyPair", "secret \"ca\" not found") },
			"cert-manager-issuer", check.Fail, `ErrGetKeyPair: secret "ca" not found`},
		{"the request waits for approval", managed, func(w *world) { w.request() },
			"cert-manager-request", check.Fail, "waits for approval"},
		{"the request was denied", managed, func(w *world) {
			w.request(cmapi.CertificateRequestCondition{Type: cmapi.CertificateRequestConditionDenied, Status: cmmeta.ConditionTrue, Reason: "policy", Message: "no such name"})
		}, "cert-manager-request", check.Fail, "was denied, policy: no such name"},
		{"the request waits for its issuer", managed, func(w *world) {
			w.request(cmapi.CertificateRequestCondition{Type: cmapi.CertificateRequestConditionApproved, Status: cmmeta.ConditionTrue, Reason: "cert-manager.io"},
				cmapi.CertificateRequestCondition{Type: cmapi.CertificateRequestConditionReady, Status: cmmeta.ConditionFalse, Reason: "Pending", Message: "Waiting on certificate issuance from order"})
		}, "cert-manager-request", check.Fail, "waits for its issuer, Pending: Waiting on certificate issuance"},
		{"cainjector has not injected", managed, func(w *world) { w.trust(nil) },
			"cert-manager-cainjector", check.Fail, "wait for cainjector"},
		{"one configuration is not annotated", managed, func(w *world) {
			mutating(w, func(c *registrationv1.MutatingWebhookConfiguration) { c.Annotations = nil })
		}, "cert-manager-cainjector", check.Fail, "MutatingWebhookConfiguration"},
		{"the issuer tells no CA", managed, func(w *world) {
			change(w, &corev1.Secret{}, "mine", func(s *corev1.Secret) { delete(s.Data, "ca.crt") })
		}, "cert-manager-cainjector", check.Fail, "holds no CA"},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := s.world(t)
			if s.spoil != nil {
				s.spoil(w)
			}
			report := w.check()
			result := find(report, s.check)
			if result.Status != s.want || !strings.Contains(result.Reason, s.says) {
				var text strings.Builder
				report.Text(&text)
				t.Errorf("want %s of %s with %q:\n%s", s.want, s.check, s.says, &text)
			}
			if s.spoil == nil && s.want == check.OK && report.Summary.Warn+report.Summary.Fail+report.Summary.Unknown > 0 {
				var text strings.Builder
				report.Text(&text)
				t.Errorf("not all is well:\n%s", &text)
			}
		})
	}
}

func find(r check.Report, name string) check.Result {
	for _, g := range r.Groups {
		for _, c := range g.Checks {
			if c.Name == name {
				return c
			}
		}
	}
	return check.Result{}
}

// managed is a world in which cert-manager has done its work; its controllers are stood in for.
func managed(t testing.TB) *world {
	t.Helper()
	w := withFiles(t)
	w.annotate(w.namespace + "/glootrace")
	w.create(certificate(w), &cmapi.Issuer{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "glootrace"},
		Spec: cmapi.IssuerSpec{IssuerConfig: cmapi.IssuerConfig{SelfSigned: &cmapi.SelfSignedIssuer{}}}})
	w.issuer(cmmeta.ConditionTrue, "IsReady", "")
	w.certificate(cmapi.CertificateCondition{Type: cmapi.CertificateConditionReady, Status: cmmeta.ConditionTrue, Reason: "Ready", ObservedGeneration: 1})
	return w
}

func certificate(w *world) *cmapi.Certificate {
	return &cmapi.Certificate{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "glootrace"},
		Spec: cmapi.CertificateSpec{SecretName: "mine", IssuerRef: cmmeta.IssuerReference{Name: "glootrace"}, DNSNames: []string{w.host()}}}
}

// certificate writes the Certificate's conditions.
func (w *world) certificate(conditions ...cmapi.CertificateCondition) {
	w.t.Helper()
	status(w, &cmapi.Certificate{}, "glootrace", func(o *cmapi.Certificate) { o.Status.Conditions = conditions })
}

// issuer writes the Issuer's condition.
func (w *world) issuer(ready cmmeta.ConditionStatus, reason, message string) {
	w.t.Helper()
	status(w, &cmapi.Issuer{}, "glootrace", func(o *cmapi.Issuer) {
		o.Status.Conditions = []cmapi.IssuerCondition{{Type: cmapi.IssuerConditionReady, Status: ready, Reason: reason, Message: message}}
	})
}

// request makes a second CertificateRequest, after one that was granted.
func (w *world) request(conditions ...cmapi.CertificateRequestCondition) {
	w.t.Helper()
	granted := []cmapi.CertificateRequestCondition{{Type: cmapi.CertificateRequestConditionReady, Status: cmmeta.ConditionTrue, Reason: "Issued"}}
	for revision, conditions := range map[string][]cmapi.CertificateRequestCondition{"1": granted, "2": conditions} {
		name := "glootrace-" + revision
		w.create(&cmapi.CertificateRequest{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name, Annotations: map[string]string{
				cmapi.CertificateNameKey: "glootrace", cmapi.CertificateRequestRevisionAnnotationKey: revision}},
			Spec: cmapi.CertificateRequestSpec{Request: []byte("a request"), IssuerRef: cmmeta.IssuerReference{Name: "glootrace"}},
		})
		status(w, &cmapi.CertificateRequest{}, name, func(o *cmapi.CertificateRequest) { o.Status.Conditions = conditions })
	}
}

// status writes an object's status, as its controller does.
func status[T client.Object](w *world, o T, name string, by func(T)) {
	w.t.Helper()
	if err := admin.Get(w.t.Context(), client.ObjectKey{Namespace: w.namespace, Name: name}, o); err != nil {
		w.t.Fatal(err)
	}
	by(o)
	if err := admin.Status().Update(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
}

// Before a replica has ever started, the Secret is as the chart makes it: nobody has to delete that.
func TestTheChartsSecretIsForReplicasToFill(t *testing.T) {
	w := selfManaged(t)
	change(w, &corev1.Secret{}, "glootrace-certs", func(s *corev1.Secret) { s.Data = nil })
	if got := find(w.check(), "certificate-secret"); got.Status != check.Fail || !strings.HasPrefix(got.Fix, "replicas write it") {
		t.Errorf("got %+v", got)
	}
}
