package chart

import (
	"context"
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
			if !slices.Contains(r.Verbs, "list") || slices.Contains([]string{"Event", "IPAddress"}, r.Kind) {
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
					if r.Kind == "Lease" && o.GetNamespace() == "kube-system" {
						continue // the API server's own
					}
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

// The last resort of docs/operations.md: the API server asks nobody any more, until the next upgrade.
func TestUpgradeBringsDeletedConfigurationsBack(t *testing.T) {
	e, c := cluster(t)
	withEachHelm(t, func(t *testing.T, h *env.Helm) {
		uninstallAtTheEnd(t, h, e)
		failing := []string{"--set", "webhook.failurePolicy=Fail"}
		helm(t, h, e, append([]string{"install", release, chartDir}, failing...)...)
		gateway := "apiVersion: gateway.solo.io/v1\nkind: Gateway\nmetadata: {name: held-up, namespace: " + namespace + "}\nspec: {httpGateway: {}}\n"
		create := func() error {
			_, _, err := e.Kubectl(t.Context(), gateway, "create", "--dry-run=server", "-f", "-")
			return err
		}
		eventually(t, "a refusal, since nobody answers", func() error {
			if err := create(); err == nil || !strings.Contains(err.Error(), "failed calling webhook") {
				return fmt.Errorf("create: %w", err)
			}
			return nil
		})
		kubectl(t, e, "", "delete", "mutatingwebhookconfiguration,validatingwebhookconfiguration", release)
		eventually(t, "a create without webhooks", create)
		helm(t, h, e, append([]string{"upgrade", release, chartDir}, failing...)...)
		for _, kind := range []string{"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"} {
			get(t, c, "admissionregistration.k8s.io/v1", kind, release)
		}
		helm(t, h, e, "upgrade", release, chartDir, "--reuse-values", "--set", "webhook.failurePolicy=Ignore")
		eventually(t, "a create that nobody answers", create)
	})
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
