package e2e

import (
	"context"
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A change of the Policy counts without a restart, as soon as the kubelet has brought it.
func TestPolicyIsReloaded(t *testing.T) {
	install(t)
	before, err := pods(t.Context(), system, webhookLabels)
	if err != nil {
		t.Fatal(err)
	}
	ns := namespace(t)
	t.Cleanup(func() {
		install(t)
		awaitSpanName(t, ns, `{{header("Host")}}`)
	})
	install(t, `policy.spanName.template=edge {{header("Host")}}`)
	awaitSpanName(t, ns, `edge {{header("Host")}}`)
	after, err := pods(t.Context(), system, webhookLabels)
	if err != nil {
		t.Fatal(err)
	}
	uids := map[any]bool{}
	for _, p := range before {
		uids[p.UID] = true
	}
	for _, p := range after {
		if !uids[p.UID] {
			t.Errorf("%s was started for it", p.Name)
		}
		for _, s := range p.Status.ContainerStatuses {
			if s.RestartCount != 0 {
				t.Errorf("%s has restarted", p.Name)
			}
		}
	}
}

// awaitSpanName waits until the webhook gives new VirtualServices this span name.
func awaitSpanName(t testing.TB, namespace, want string) {
	t.Helper()
	await(t, "the Policy", func(ctx context.Context) error {
		v := virtualService(namespace, "dry-run")
		if err := objects.Create(ctx, v, client.DryRunAll); err != nil {
			return err
		}
		if got := spanName(v); got != want {
			return fmt.Errorf("the span name is %q", got)
		}
		return nil
	})
}

// spanName is the span name that a VirtualService's first request transformation gives, "" if none.
func spanName(v *unstructured.Unstructured) string {
	all, _, _ := unstructured.NestedSlice(v.Object, "spec", "virtualHost", "options", "stagedTransformations", "regular", "requestTransforms")
	if len(all) == 0 {
		return ""
	}
	first, _ := all[0].(map[string]any)
	name, _, _ := unstructured.NestedString(first, "requestTransformation", "transformationTemplate", "spanTransformer", "name", "text")
	return name
}
