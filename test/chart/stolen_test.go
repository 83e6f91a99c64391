package chart

import (
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
)

// TestWhatAStolenAccountCanDo asks the API server what the webhook's service account may do, which docs/security.md says.
func TestWhatAStolenAccountCanDo(t *testing.T) {
	e, c := cluster(t)
	// Verb, resource with its API group, namespace and name; * is any.
	never := []string{
		"get secrets gloo-system other", "list secrets gloo-system *", "get secrets default *", "list secrets * *", "delete secrets gloo-system glootrace-certs", "create secrets gloo-system *",
		"get configmaps gloo-system *", "create pods gloo-system *", "create pods/exec gloo-system *", "delete pods gloo-system *", "patch pods gloo-system *",
		"create serviceaccounts/token gloo-system *", "impersonate users * *", "create clusterrolebindings.rbac.authorization.k8s.io * *", "patch clusterroles.rbac.authorization.k8s.io * *",
		"create mutatingwebhookconfigurations.admissionregistration.k8s.io * *", "patch mutatingwebhookconfigurations.admissionregistration.k8s.io * other",
		"delete mutatingwebhookconfigurations.admissionregistration.k8s.io * glootrace", "get nodes * *", "create gateways.gateway.solo.io gloo-system *",
		"delete upstreams.gloo.solo.io gloo-system *", "delete gateways.gateway.solo.io gloo-system *", "patch deployments.apps gloo-system *",
		"update leases.coordination.k8s.io gloo-system other", "create leases.coordination.k8s.io gloo-system *",
	}
	always := []string{
		"list gateways.gateway.solo.io * *", "list virtualservices.gateway.solo.io * *", "list upstreams.gloo.solo.io * *", "list pods * *", "list namespaces * *",
		"get replicasets.apps * *", "update leases.coordination.k8s.io gloo-system glootrace-auditor", "create events.events.k8s.io * *",
	}
	ownBundle := []string{"patch mutatingwebhookconfigurations.admissionregistration.k8s.io * glootrace", "patch validatingwebhookconfigurations.admissionregistration.k8s.io * glootrace"}
	ownSecret := []string{"get secrets gloo-system glootrace-certs", "update secrets gloo-system glootrace-certs"}
	repair := []string{"patch gateways.gateway.solo.io * *", "patch virtualservices.gateway.solo.io * *", "patch upstreams.gloo.solo.io * *"}
	for name, mode := range map[string]struct {
		set         []string
		may, mayNot [][]string
	}{
		"as it is by default":             {[]string{}, [][]string{always, ownBundle, ownSecret}, [][]string{never, repair}},
		"certificates of cert-manager":    {[]string{"certificates.mode=certManager"}, [][]string{always}, [][]string{never, repair, ownBundle, ownSecret}},
		"what was missed is to be mended": {[]string{"policy.audit.mode=repair", "certificates.mode=certManager"}, [][]string{always, repair}, [][]string{never, ownBundle, ownSecret}},
	} {
		t.Run(name, func(t *testing.T) {
			h := helms["v4"]
			uninstallAtTheEnd(t, h, e)
			args := []string{"install", release, chartDir}
			for _, s := range mode.set {
				args = append(args, "--set", s)
			}
			helm(t, h, e, args...)
			ask := func(what []string, want bool) {
				for _, w := range what {
					f := strings.Fields(w)
					resource, group, _ := strings.Cut(f[1], ".")
					resource, sub, _ := strings.Cut(resource, "/")
					any := func(s string) string { return strings.TrimPrefix(s, "*") }
					review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
						User:   "system:serviceaccount:" + namespace + ":" + release,
						Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"},
						ResourceAttributes: &authorizationv1.ResourceAttributes{
							Verb: f[0], Group: group, Resource: resource, Subresource: sub, Namespace: any(f[2]), Name: any(f[3])},
					}}
					if err := c.Create(t.Context(), review); err != nil {
						t.Fatal(err)
					}
					if review.Status.Allowed != want {
						t.Errorf("%s: %t, want %t", w, review.Status.Allowed, want)
					}
				}
			}
			for _, may := range mode.may {
				ask(may, true)
			}
			for _, mayNot := range mode.mayNot {
				ask(mayNot, false)
			}
		})
	}
}
