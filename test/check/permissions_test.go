package check

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/glootrace/glootrace/internal/check"
)

// permissions is a configuration with those that the documentation lists for a namespace, or all but one resource.
func permissions(t testing.TB, namespace, without string) *rest.Config {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "```yaml\n")
	rules, _, found := strings.Cut(after, "```")
	if !found {
		t.Fatalf("%s: no permissions", page)
	}
	user := "checks-" + namespace
	rules = strings.ReplaceAll(strings.ReplaceAll(rules, "gloo-system", namespace), "glootrace-check", user)
	if without != "" {
		rules = strings.ReplaceAll(rules, without, "nothing")
	}
	const bind = "apiVersion: rbac.authorization.k8s.io/v1\nkind: %[1]sBinding\nmetadata: {name: %[2]s%[3]s}\n" +
		"roleRef: {apiGroup: rbac.authorization.k8s.io, kind: %[1]s, name: %[2]s}\nsubjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: %[2]s}]\n---\n"
	apply(t, fmt.Sprintf(bind, "Role", user, ", namespace: "+namespace)+fmt.Sprintf(bind, "ClusterRole", user, "")+rules)
	config := rest.CopyConfig(cluster.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{"system:authenticated"}}
	return config
}

// permitted runs check with the documented permissions, or fewer.
func permitted(t testing.TB, w *world, without string) check.Report {
	t.Helper()
	report, err := check.Run(t.Context(), permissions(t, w.namespace, without), groups("kubernetes", "webhook", "certificates", "policy"),
		check.Options{Webhooks: w.namespace, Namespace: w.namespace})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestDocumentedPermissionsAreEnough(t *testing.T) {
	for name, in := range map[string]func(testing.TB) *world{"selfManaged": selfManaged, "certManager": managed} {
		t.Run(name, func(t *testing.T) {
			if r := permitted(t, in(t), ""); r.Summary.OK == 0 || r.Summary.Warn+r.Summary.Fail+r.Summary.Unknown > 0 {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestDocumentedPermissionsAreEnoughForAll(t *testing.T) {
	installed(t)
	config := permissions(t, "gloo-system", "")
	if r := about(t, config); r.Summary.Warn+r.Summary.Fail+r.Summary.Unknown > 0 {
		t.Errorf("got\n%s", text(r))
	}
}

func TestWhatMayNotBeReadIsUnknown(t *testing.T) {
	for without, name := range map[string]string{
		"pods/portforward": "served-certificate", "secrets": "cert-manager-cainjector", "services": "webhook-service",
		"mutatingwebhookconfigurations": "webhook-configurations",
	} {
		t.Run(without, func(t *testing.T) {
			w := selfManaged(t)
			if r := find(permitted(t, w, without), name); r.Status != check.Unknown || !strings.Contains(r.Reason, "forbidden") || !strings.Contains(r.Fix, "permission") {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// Who may not read the webhook configurations is told so once, and how all else is that he may read.
func TestWhatMayNotBeReadKeepsNothingElseFromBeingAsked(t *testing.T) {
	w := selfManaged(t)
	change(w, &corev1.Service{}, "glootrace", func(s *corev1.Service) {
		s.Labels = map[string]string{"app.kubernetes.io/name": "glootrace", "app.kubernetes.io/component": "webhook"}
	})
	w.create(&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "zipkin", Labels: map[string]string{"app.kubernetes.io/name": "glootrace", "app.kubernetes.io/component": "zipkin"}},
		Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 9411}}}})
	config, asked := permissions(t, w.namespace, "mutatingwebhookconfigurations"), 0
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.Contains(r.URL.Path, "/mutatingwebhookconfigurations/") {
				asked++
			}
			return next.RoundTrip(r)
		})
	})
	r, err := check.Run(t.Context(), config, check.Groups, check.Options{Webhooks: w.namespace, Namespace: w.namespace})
	if err != nil {
		t.Fatal(err)
	}
	if asked > 1 {
		t.Errorf("it asks %d times for what it may not read", asked)
	}
	for name, want := range map[string]check.Status{
		"webhook-configurations": check.Unknown, "webhook-rules": check.Unknown, "ca-bundle": check.Unknown, "admission-mutates": check.Unknown,
		"webhook-service": check.OK, "webhook-replicas": check.OK, "policy-valid": check.OK, "policy-loaded": check.OK, "zipkin-ready": check.Fail, "proxies-agents": check.Warn,
	} {
		if got := find(r, name); got.Status != want {
			t.Errorf("got %+v, want %s", got, want)
		}
	}
	if n := strings.Count(text(r), "cannot get resource \"mutatingwebhookconfigurations\""); n != 1 {
		t.Errorf("it is said %d times:\n%s", n, text(r))
	}
	if got := find(r, "ca-bundle"); got.Reason != "the webhook configurations can not be read: see webhook-configurations" || got.Fix+got.Help != "" {
		t.Errorf("got %+v", got)
	}
}
