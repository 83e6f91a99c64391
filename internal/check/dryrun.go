package check

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/mutate"
	"github.com/glootrace/glootrace/validate"
)

// trial is what became of an object that the API server was asked to admit, and not to keep.
type trial struct {
	asked  bool
	object gloo.Object // as the API server would have kept it
	err    error
}

// nobodys are the objects that are tried: no VirtualService is behind the Gateways, so
// that Gloo's own webhook has nothing to say. Of each list the first is taken about
// which the engine itself says, by the Policy, that it will be changed or refused.
var (
	toBeMutated = []string{
		`{apiVersion: gateway.solo.io/v1, kind: Gateway, metadata: {name: glootrace-check}, spec: {bindAddress: "::", bindPort: 65535, proxyNames: [glootrace-check], httpGateway: {virtualServiceSelector: {glootrace.dev/check: nobody}}}}`,
		`{apiVersion: gateway.solo.io/v1, kind: VirtualService, metadata: {name: glootrace-check}, spec: {virtualHost: {domains: [glootrace-check.invalid], routes: [{matchers: [{prefix: /}], directResponseAction: {status: 404}}]}}}`,
	}
	toBeRefused = []string{
		`{apiVersion: gateway.solo.io/v1, kind: Gateway, metadata: {name: glootrace-check}, spec: {bindAddress: "::", bindPort: 65535, proxyNames: [glootrace-check], httpGateway: {virtualServiceSelector: {glootrace.dev/check: nobody}, options: {httpConnectionManagerSettings: {tracing: {openTelemetryConfig: {}}}}}}}`,
		`{apiVersion: gateway.solo.io/v1, kind: Gateway, metadata: {name: glootrace-check}, spec: {bindAddress: "::", bindPort: 65535, proxyNames: [glootrace-check], httpGateway: {virtualServiceSelector: {glootrace.dev/check: nobody}, options: {httpConnectionManagerSettings: {tracing: {openCensusConfig: {}}}}}}}`,
	}
)

// readTrials has both objects admitted as a dry run.
func readTrials(ctx context.Context, c cluster, f *facts) (err error) {
	f.mutation, err = try(ctx, c, toBeMutated, func(o gloo.Object) bool { return len(mutate.Object(o, f.policy, f.known).Patch) > 0 })
	if err != nil {
		return err
	}
	f.refusal, err = try(ctx, c, toBeRefused, func(o gloo.Object) bool {
		return f.policy.Validation.Mode == policy.Enforce && slices.ContainsFunc(validate.Object(o, nil, f.policy, f.known),
			func(found finding.Finding) bool { return found.Severity == finding.Error })
	})
	return err
}

func try(ctx context.Context, c cluster, objects []string, fits func(gloo.Object) bool) (trial, error) {
	for _, text := range objects {
		raw, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			return trial{}, err
		}
		o, err := gloo.Decode(raw)
		if err != nil {
			return trial{}, err
		}
		if !fits(o.InNamespace(c.namespace)) {
			continue
		}
		u := &unstructured.Unstructured{}
		if err := json.Unmarshal(raw, u); err != nil {
			return trial{}, err
		}
		u.SetNamespace(c.namespace)
		err = c.client.Create(ctx, u, client.DryRunAll)
		if err != nil && !byWebhook(err) {
			return trial{}, err
		}
		if err != nil {
			return trial{asked: true, err: err}, nil
		}
		if raw, err = u.MarshalJSON(); err == nil {
			o, err = gloo.Decode(raw)
		}
		return trial{asked: true, object: o}, err
	}
	return trial{}, nil
}

// byWebhook tells a webhook's answer, or that there was none, from the API server's own refusals.
func byWebhook(err error) bool {
	return strings.Contains(err.Error(), "admission webhook ") || strings.Contains(err.Error(), "calling webhook ")
}

// ours tells whether it is glootrace that has refused an object.
func ours(err error) bool {
	return apierrors.IsForbidden(err) && strings.Contains(err.Error(), `admission webhook "validate.glootrace.dev" denied the request`)
}

// unasked says why the API server asks nobody, as far as that is known; exists is whether the configuration of the kind
// does.
func (f *facts) unasked(exists bool, kind string) (why, see string) {
	switch {
	case !exists:
		return "there is no " + kind, "see webhook-configurations"
	case len(f.backends) > 0 && len(f.replicas()) == 0:
		return "no replica of the webhook runs", "see webhook-replicas"
	case registered(f).status == Fail:
		return "the configurations are not as the chart renders them", "see webhook-rules"
	}
	for _, h := range f.hooks() {
		if !takesIn(h.NamespaceSelector, f.namespace) {
			return fmt.Sprintf("the namespaceSelector of %s leaves out the namespace", h.Name), "take it out of webhook.excludedNamespaces in the chart's values, or name Gloo's namespace with -n"
		}
	}
	return unanswered, ""
}

const unanswered = "it is as if nobody answered; failurePolicy Ignore hides why, the API server's log and metrics tell (apiserver_admission_webhook_fail_open_count)"

func mutates(f *facts) verdict {
	t := f.mutation
	switch {
	case !t.asked:
		return ok("nothing to be seen: by the Policy nothing is injected in namespace %s", f.namespace)
	case t.err != nil:
		return fail("%v", t.err)
	}
	switch result := mutate.Object(t.object, f.policy, f.known); {
	case len(result.Patch) == 0:
	case result.OnlyUpgrades():
		return fail("%s, as a dry run in namespace %s, came back with what another Policy adds", t.object.Kind, f.namespace).
			by("see admission-once: glootrace may be installed twice; else see policy-loaded")
	default:
		why, see := f.unasked(f.live.Mutating != nil, "MutatingWebhookConfiguration")
		return fail("%s, as a dry run in namespace %s, came back without tracing: %s", t.object.Kind, f.namespace, why).by("%s", see)
	}
	return ok("%s as a dry run in namespace %s", t.object.Kind, f.namespace)
}

func refuses(f *facts) verdict {
	t := f.refusal
	switch {
	case !t.asked:
		return ok("nothing to be seen: by the Policy nothing is refused")
	case t.err == nil:
		why, see := f.unasked(f.live.Validating != nil, "ValidatingWebhookConfiguration")
		return fail("a Gateway without collector, as a dry run in namespace %s, was admitted: %s", f.namespace, why).by("%s", see)
	case !ours(t.err):
		return fail("it was refused, but not by glootrace: %v", t.err)
	}
	return ok("a Gateway without collector as a dry run in namespace %s", f.namespace)
}
