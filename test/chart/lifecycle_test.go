package chart

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/test/env"
)

// helm runs helm on the shared control plane, which must succeed.
func helm(t testing.TB, h *env.Helm, e *env.Env, args ...string) string {
	t.Helper()
	out, err := h.Run(t.Context(), "", e.Kubeconfig, append(args, "--namespace", namespace)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// uninstallAtTheEnd takes a release away that a failed test has left.
func uninstallAtTheEnd(t testing.TB, h *env.Helm, e *env.Env) {
	t.Cleanup(func() {
		h.Run(context.WithoutCancel(t.Context()), "", e.Kubeconfig, "uninstall", release, "--namespace", namespace, "--ignore-not-found")
		e.Kubectl(context.WithoutCancel(t.Context()), "", "delete", "upstreams.gloo.solo.io", "--all", "--namespace", namespace)
	})
}

// everything is the names of all objects that the API server has, but for those that it makes by itself.
func everything(t testing.TB, e *env.Env) []string {
	t.Helper()
	d, err := discovery.NewDiscoveryClientForConfig(e.Config)
	if err != nil {
		t.Fatal(err)
	}
	lists, err := d.ServerPreferredResources()
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(e.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu  sync.Mutex
		all []string
		wg  sync.WaitGroup
	)
	for _, l := range lists {
		gv, err := schema.ParseGroupVersion(l.GroupVersion)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range l.APIResources {
			if !slices.Contains(r.Verbs, "list") || slices.Contains([]string{"Event", "Lease", "IPAddress"}, r.Kind) {
				continue
			}
			wg.Go(func() { // all at once: of a new kind the API server has the list only after a second
				objects := new(unstructured.UnstructuredList)
				objects.SetGroupVersionKind(gv.WithKind(r.Kind))
				if err := c.List(t.Context(), objects); err != nil {
					t.Errorf("%s: %v", r.Kind, err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, o := range objects.Items {
					all = append(all, fmt.Sprintf("%s %s/%s", r.Kind, o.GetNamespace(), o.GetName()))
				}
			})
		}
	}
	wg.Wait()
	slices.Sort(all)
	return slices.Compact(all)
}

func TestReleaseLeavesNothingBehind(t *testing.T) {
	e, _ := cluster(t)
	for _, c := range []struct {
		name   string
		values []string
		left   []string
	}{
		{"the Upstreams stay if they are to", []string{"certificates.mode=certManager", "monitoring.scrape=serviceMonitor", "monitoring.rules.enabled=true"},
			[]string{"Upstream gloo-system/opentelemetry-agent", "Upstream gloo-system/opentelemetry-collector"}},
		// Nobody answers here: what refuses objects then must not stand in its own way.
		{"failurePolicy Fail", []string{"upstreams.keep=false", "webhook.failurePolicy=Fail"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			withEachHelm(t, func(t *testing.T, h *env.Helm) {
				uninstallAtTheEnd(t, h, e)
				set := []string{"--set", strings.Join(c.values, ",")}
				before := everything(t, e)
				helm(t, h, e, append([]string{"install", release, chartDir}, set...)...)
				if installed := len(everything(t, e)) - len(before); installed < 20 {
					t.Errorf("only %d objects were installed", installed)
				}
				helm(t, h, e, append([]string{"upgrade", release, chartDir, "--set", "webhook.replicas=3"}, set...)...)
				helm(t, h, e, "uninstall", release)
				want := append(slices.Clone(before), c.left...)
				slices.Sort(want)
				if diff := cmp.Diff(want, everything(t, e)); diff != "" {
					t.Errorf("after uninstall (-before +after):\n%s", diff)
				}
			})
		})
	}
}

// cert-manager leaves its Secret when its Certificate goes. Helm does not take over what it has not made.
func TestUpgradeChangesTheCertificateMode(t *testing.T) {
	e, c := cluster(t)
	withEachHelm(t, func(t *testing.T, h *env.Helm) {
		uninstallAtTheEnd(t, h, e)
		helm(t, h, e, "install", release, chartDir)
		helm(t, h, e, "upgrade", release, chartDir, "--set", "certificates.mode=certManager")
		secret, _, _ := unstructured.NestedString(get(t, c, "cert-manager.io/v1", "Certificate", release).Object, "spec", "secretName")
		kubectl(t, e, "", "create", "secret", "generic", secret, "--namespace", namespace)
		t.Cleanup(func() {
			e.Kubectl(context.WithoutCancel(t.Context()), "", "delete", "secret", secret, "--namespace", namespace, "--ignore-not-found")
		})
		helm(t, h, e, "upgrade", release, chartDir, "--set", "certificates.mode=selfManaged")
		helm(t, h, e, "rollback", release, "2")
		helm(t, h, e, "rollback", release, "1")
	})
}

// Helm 3 has an order of its own, in which kinds that it does not know come last; webhook configurations are among them.
func TestHelm4DeletesWebhookConfigurationsBeforeTheirService(t *testing.T) {
	e, _ := cluster(t)
	h := helms["v4"]
	uninstallAtTheEnd(t, h, e)
	helm(t, h, e, "install", release, chartDir)
	service := deletion(t, e, "v1", "Service")
	mutating := deletion(t, e, "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration")
	validating := deletion(t, e, "admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration")
	helm(t, h, e, "uninstall", release)
	if s, m, v := service(), mutating(), validating(); s < m || s < v {
		t.Errorf("revision at which it was deleted: Service %d, configurations %d and %d", s, m, v)
	}
}

// deletion waits for the deletion of the release's object of a kind and returns the revision that the API server gave it.
func deletion(t *testing.T, e *env.Env, api, kind string) (revision func() int) {
	t.Helper()
	c, err := client.NewWithWatch(e.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list := new(unstructured.UnstructuredList)
	list.SetAPIVersion(api)
	list.SetKind(kind)
	w, err := c.Watch(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	return func() int {
		defer w.Stop()
		for event := range w.ResultChan() {
			if o, ok := event.Object.(*unstructured.Unstructured); ok && event.Type == watch.Deleted && o.GetName() == release {
				at, err := strconv.Atoi(o.GetResourceVersion())
				if err != nil {
					t.Fatal(err)
				}
				return at
			}
		}
		t.Fatalf("no deletion of a %s was seen", kind)
		return 0
	}
}

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

func get(t testing.TB, c client.Client, api, kind, name string) *unstructured.Unstructured {
	t.Helper()
	o := new(unstructured.Unstructured)
	o.SetAPIVersion(api)
	o.SetKind(kind)
	key := client.ObjectKey{Name: name}
	if !strings.HasSuffix(kind, "Configuration") {
		key.Namespace = namespace
	}
	if err := c.Get(t.Context(), key, o); err != nil {
		t.Fatal(err)
	}
	return o
}

func kubectl(t testing.TB, e *env.Env, stdin string, args ...string) {
	t.Helper()
	if _, _, err := e.Kubectl(t.Context(), stdin, args...); err != nil {
		t.Fatal(err)
	}
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
