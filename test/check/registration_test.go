package check

import (
	"strings"
	"testing"

	registrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/check"
)

// Whatever somebody changes in a configuration is told with what it does, and it is as the chart renders it before.
func TestEditedConfigurations(t *testing.T) {
	label := &metav1.LabelSelector{MatchLabels: map[string]string{"team": "x"}}
	never := registrationv1.MatchCondition{Name: "a", Expression: "false"}
	leaves := func(name string, operator metav1.LabelSelectorOperator, values ...string) metav1.LabelSelectorRequirement {
		return metav1.LabelSelectorRequirement{Key: name, Operator: operator, Values: values}
	}
	const objects, pods = 0, 1
	for _, s := range []struct {
		name  string
		of    int
		spoil func(*registrationv1.MutatingWebhook)
		want  check.Status
		says  string
		fix   string
	}{
		{"a namespace is left out by name", objects, func(w *registrationv1.MutatingWebhook) {
			e := w.NamespaceSelector.MatchExpressions
			e[0].Values = append(e[0].Values, "other")
		}, check.OK, "", ""},
		{"by a label, as AKS does", objects, func(w *registrationv1.MutatingWebhook) {
			w.NamespaceSelector.MatchExpressions = append(w.NamespaceSelector.MatchExpressions, leaves("control-plane", metav1.LabelSelectorOpDoesNotExist))
		}, check.Warn, "mutate.glootrace.dev leaves out namespaces by its namespaceSelector: !control-plane", "helm upgrade"},
		{"some namespaces only", pods, func(w *registrationv1.MutatingWebhook) { w.NamespaceSelector = label },
			check.Fail, "pods.mutate.glootrace.dev is called in some namespaces only, by its namespaceSelector: team=x", "helm upgrade"},
		{"kube-system is taken in", objects, func(w *registrationv1.MutatingWebhook) {
			w.NamespaceSelector.MatchExpressions[0].Values = w.NamespaceSelector.MatchExpressions[0].Values[1:]
		}, check.Warn, "takes in namespace kube-system", "helm upgrade"},
		{"some objects only", objects, func(w *registrationv1.MutatingWebhook) { w.ObjectSelector = label },
			check.Fail, "mutate.glootrace.dev leaves out objects by its objectSelector, team=x", "helm upgrade"},
		{"some pods only", pods, func(w *registrationv1.MutatingWebhook) {
			w.ObjectSelector.MatchExpressions[0].Values = []string{"gateway-proxy"}
		},
			check.Fail, "pods.mutate.glootrace.dev leaves out objects by its objectSelector, gloo in (gateway-proxy)", "helm upgrade"},
		{"all pods", pods, func(w *registrationv1.MutatingWebhook) { w.ObjectSelector = &metav1.LabelSelector{} },
			check.Warn, "pods.mutate.glootrace.dev has another objectSelector", "helm upgrade"},
		{"one matchCondition more", objects, func(w *registrationv1.MutatingWebhook) { w.MatchConditions = append(w.MatchConditions, never) },
			check.Fail, "mutate.glootrace.dev leaves out what its matchCondition a is false for", `"path":"/webhooks/0/matchConditions/2"`},
		{"a matchCondition for pods", pods, func(w *registrationv1.MutatingWebhook) { w.MatchConditions = []registrationv1.MatchCondition{never} },
			check.Fail, "pods.mutate.glootrace.dev leaves out what its matchCondition a is false for", `"path":"/webhooks/1/matchConditions/0"`},
		{"another matchCondition", objects, func(w *registrationv1.MutatingWebhook) { w.MatchConditions[0].Expression = "false" },
			check.Warn, "another expression in its matchCondition says-something-new", "helm upgrade"},
		{"no matchCondition", objects, func(w *registrationv1.MutatingWebhook) { w.MatchConditions = nil },
			check.Warn, "no matchCondition says-something-new", "helm upgrade"},
		{"no creations", objects, func(w *registrationv1.MutatingWebhook) {
			w.Rules[1].Operations = []registrationv1.OperationType{registrationv1.Update}
		}, check.Fail, "mutate.glootrace.dev is not called for CREATE of upstreams", "helm upgrade"},
		{"a kind is not among the rules", objects, func(w *registrationv1.MutatingWebhook) { w.Rules = w.Rules[:1] },
			check.Fail, "mutate.glootrace.dev is not called for CREATE and UPDATE of upstreams", "helm upgrade"},
		{"no pods", pods, func(w *registrationv1.MutatingWebhook) { w.Rules[0].Resources = []string{"services"} },
			check.Fail, "pods.mutate.glootrace.dev is not called for CREATE of pods", "helm upgrade"},
		{"another version", pods, func(w *registrationv1.MutatingWebhook) { w.Rules[0].APIVersions = []string{"v9"} },
			check.Fail, "pods.mutate.glootrace.dev is not called for CREATE of pods", "helm upgrade"},
		{"another scope", objects, func(w *registrationv1.MutatingWebhook) { w.Rules[1].Scope = ptr.To(registrationv1.ClusterScope) },
			check.Fail, "mutate.glootrace.dev is not called for CREATE and UPDATE of upstreams", "helm upgrade"},
		{"more than that", pods, func(w *registrationv1.MutatingWebhook) {
			w.Rules[0].Operations = append(w.Rules[0].Operations, registrationv1.Update)
		},
			check.Warn, "pods.mutate.glootrace.dev is called for UPDATE of pods too", "helm upgrade"},
		{"all that there is", objects, func(w *registrationv1.MutatingWebhook) {
			w.Rules[1].Operations, w.Rules[1].Resources, w.Rules[1].Scope = []registrationv1.OperationType{"*"}, []string{"*/*"}, ptr.To(registrationv1.AllScopes)
		}, check.Warn, "mutate.glootrace.dev is called for * of */* too", "helm upgrade"},
		{"another path", pods, func(w *registrationv1.MutatingWebhook) { w.ClientConfig.Service.Path = ptr.To("/nope") },
			check.Fail, "pods.mutate.glootrace.dev is called at path /nope, not at /mutate", "helm upgrade"},
		{"pods depend on the webhook", pods, func(w *registrationv1.MutatingWebhook) { w.FailurePolicy = ptr.To(registrationv1.Fail) },
			check.Fail, "without glootrace no proxy starts", "helm upgrade"},
		{"objects depend on the webhook", objects, func(w *registrationv1.MutatingWebhook) { w.FailurePolicy = ptr.To(registrationv1.Fail) },
			check.OK, "", ""},
		{"versions are not converted", objects, func(w *registrationv1.MutatingWebhook) { w.MatchPolicy = ptr.To(registrationv1.Exact) },
			check.Warn, "matchPolicy Exact", "helm upgrade"},
		{"other webhooks are not waited for", objects, func(w *registrationv1.MutatingWebhook) {
			w.ReinvocationPolicy = ptr.To(registrationv1.NeverReinvocationPolicy)
		}, check.Warn, "reinvocationPolicy Never", "helm upgrade"},
		{"a webhook has another name", pods, func(w *registrationv1.MutatingWebhook) { w.Name = "other.glootrace.dev" },
			check.Fail, "there is no webhook pods.mutate.glootrace.dev; the chart has no webhook other.glootrace.dev", `"path":"/webhooks/1"`},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change(w, &registrationv1.MutatingWebhookConfiguration{}, w.namespace, func(c *registrationv1.MutatingWebhookConfiguration) { s.spoil(&c.Webhooks[s.of]) })
			about := func() check.Result {
				r, err := check.Run(t.Context(), cluster.Config, groups("kubernetes", "webhook"), check.Options{Webhooks: w.namespace, Namespace: w.namespace})
				if err != nil {
					t.Fatal(err)
				}
				return find(r, "webhook-rules")
			}
			got := about()
			if got.Status != s.want || !strings.Contains(got.Reason, s.says) || !strings.Contains(got.Fix, s.fix) {
				t.Errorf("got %+v", got)
			}
			if command, _, found := strings.Cut(got.Fix, ", for helm upgrade leaves"); found && strings.HasPrefix(command, "kubectl patch") {
				before, after, _ := strings.Cut(command, "-p '")
				args := strings.Fields(strings.TrimPrefix(before, "kubectl "))
				kubectl(t, append(args, "-p", strings.TrimSuffix(after, "'"))...)
				if got := about(); got.Status == check.Fail && strings.Contains(got.Reason, s.says) {
					t.Errorf("after that command: %+v", got)
				}
			}
		})
	}
	t.Run("validating", func(t *testing.T) {
		w := newWorld(t)
		var c registrationv1.ValidatingWebhookConfiguration
		if err := admin.Get(t.Context(), client.ObjectKey{Name: w.namespace}, &c); err != nil {
			t.Fatal(err)
		}
		c.Webhooks = c.Webhooks[:2]
		c.Webhooks[0].MatchConditions = append(c.Webhooks[0].MatchConditions, never)
		if err := admin.Update(t.Context(), &c); err != nil {
			t.Fatal(err)
		}
		got := find(w.check(), "webhook-rules")
		if got.Status != check.Fail || got.Reason != "validate.glootrace.dev leaves out what its matchCondition a is false for; there is no webhook deletions.validate.glootrace.dev" ||
			!strings.HasPrefix(got.Fix, "kubectl patch validatingwebhookconfiguration ") || !strings.Contains(got.Fix, "; helm upgrade") {
			t.Errorf("got %+v", got)
		}
	})
}
