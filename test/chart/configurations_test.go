package chart

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/test/env"
)

// Rendered and live are the same, field by field, whoever applies it: nothing that the API server adds shows as drift.
func TestWebhookConfigurationsAreLiveAsTheyAreRendered(t *testing.T) {
	e, c := cluster(t)
	for _, kase := range cases(t) {
		if !slices.Contains([]string{"aks", "cert-manager", "default", "secret", "webhook"}, kase.name) {
			continue
		}
		h := helms["v4"] // what Helm 3 renders is the same
		var configurations []string
		for _, d := range render(t, h, kase) {
			if strings.HasPrefix(identity(d), "MutatingWebhook") || strings.HasPrefix(identity(d), "ValidatingWebhook") {
				configurations = append(configurations, d)
			}
		}
		manifest := strings.Join(configurations, "---\n")
		for how, apply := range map[string][]string{
			"kubectl apply": {"apply", "-f", "-"}, "kubectl apply --server-side": {"apply", "--server-side", "-f", "-"},
		} {
			t.Run(kase.name+" by "+how, func(t *testing.T) {
				t.Cleanup(func() { e.Kubectl(context.WithoutCancel(t.Context()), manifest, "delete", "-f", "-") })
				kubectl(t, e, manifest, apply...)
				liveIsRendered(t, c, configurations)
			})
		}
	}
	withEachHelm(t, func(t *testing.T, h *env.Helm) {
		uninstallAtTheEnd(t, h, e)
		kase := cases(t)[0]
		helm(t, h, e, "install", release, chartDir, "--values", kase.values)
		liveIsRendered(t, c, render(t, h, kase))
	})
}

// liveIsRendered compares both webhook configurations.
func liveIsRendered(t *testing.T, c client.Client, rendered []string) {
	t.Helper()
	compared := 0
	for _, d := range rendered {
		want := object(t, d)
		if !strings.HasSuffix(want.GetKind(), "WebhookConfiguration") {
			continue
		}
		compared++
		live := get(t, c, want.GetAPIVersion(), want.GetKind(), want.GetName())
		if diff := cmp.Diff(plain(t, want.Object["webhooks"]), plain(t, live.Object["webhooks"])); diff != "" {
			t.Errorf("%s (-rendered +live):\n%s", want.GetKind(), diff)
		}
	}
	if compared != 2 {
		t.Errorf("%d webhook configurations are rendered", compared)
	}
}

// Whoever keeps the CA bundle writes it into what Helm has installed. Helm, and kubectl, leave it there.
func TestUpgradeLeavesTheCABundleAndChangesNothingElse(t *testing.T) {
	e, c := cluster(t)
	withEachHelm(t, func(t *testing.T, h *env.Helm) {
		uninstallAtTheEnd(t, h, e)
		helm(t, h, e, "install", release, chartDir)
		kinds := []string{"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}
		const api = "admissionregistration.k8s.io/v1"
		before := map[string]*unstructured.Unstructured{}
		for _, kind := range kinds {
			o := get(t, c, api, kind, release)
			var patch []string
			webhooks, _, _ := unstructured.NestedSlice(o.Object, "webhooks")
			for i := range webhooks {
				patch = append(patch, fmt.Sprintf(`{"op":"add","path":"/webhooks/%d/clientConfig/caBundle","value":"Cg=="}`, i))
			}
			add := client.RawPatch("application/json-patch+json", []byte("["+strings.Join(patch, ",")+"]"))
			if err := c.Patch(t.Context(), o, add, client.FieldOwner("glootrace")); err != nil {
				t.Fatal(err)
			}
			before[kind] = o
		}
		helm(t, h, e, "upgrade", release, chartDir)
		for _, kind := range kinds {
			after := get(t, c, api, kind, release)
			if diff := cmp.Diff(before[kind].Object["webhooks"], after.Object["webhooks"]); diff != "" {
				t.Errorf("%s (-before +after an upgrade to the same):\n%s", kind, diff)
			}
			if before[kind].GetGeneration() != after.GetGeneration() {
				t.Errorf("%s was written: generation %d, then %d", kind, before[kind].GetGeneration(), after.GetGeneration())
			}
		}
		helm(t, h, e, "upgrade", release, chartDir, "--set", "webhook.timeoutSeconds=5")
		for _, kind := range kinds {
			webhooks, _, _ := unstructured.NestedSlice(get(t, c, api, kind, release).Object, "webhooks")
			for _, w := range webhooks {
				bundle, _, _ := unstructured.NestedString(w.(map[string]any), "clientConfig", "caBundle")
				if timeout := w.(map[string]any)["timeoutSeconds"]; bundle != "Cg==" || timeout != int64(5) {
					t.Errorf("%s after an upgrade to another timeout: caBundle %q, timeout %v", kind, bundle, timeout)
				}
			}
		}
	})
}

// plain is a value as JSON has it, so that numbers of any type compare.
func plain(t testing.TB, v any) (p any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The chart's own Upstreams are created before anybody answers. Its label lets nothing else by.
func TestLabelOfTheChartLetsOnlyUpstreamsBy(t *testing.T) {
	e, _ := cluster(t)
	h := helms["v4"]
	uninstallAtTheEnd(t, h, e)
	helm(t, h, e, "install", release, chartDir, "--set", "webhook.failurePolicy=Fail")
	create := func(api, kind, spec string) error {
		_, _, err := e.Kubectl(t.Context(), "apiVersion: "+api+"\nkind: "+kind+"\nspec: "+spec+"\nmetadata: {name: labelled, namespace: "+namespace+
			", labels: {app.kubernetes.io/part-of: glootrace}}\n", "create", "--dry-run=server", "-f", "-")
		return err
	}
	eventually(t, "a refused Gateway, since nobody answers", func() error {
		if err := create("gateway.solo.io/v1", "Gateway", "{httpGateway: {}}"); err == nil || !strings.Contains(err.Error(), "failed calling webhook") {
			return fmt.Errorf("create: %v", err)
		}
		return nil
	})
	if err := create("gloo.solo.io/v1", "Upstream", `{static: {hosts: [{addr: 192.0.2.1, port: 80}]}}`); err != nil {
		t.Error(err)
	}
}
