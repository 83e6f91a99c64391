package env

import (
	"context"
	"fmt"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// registration is what the API server knows of a webhook: one mutating and one validating configuration.
type registration struct {
	client     client.Client
	metrics    *discovery.DiscoveryClient
	mutating   *admissionv1.MutatingWebhookConfiguration
	validating *admissionv1.ValidatingWebhookConfiguration
}

// newRegistration is what the chart has, but that failures are seen and that a slow machine has time, with each service
// replaced by address, a host and port whose certificate caBundle verifies.
func newRegistration(config *rest.Config, address string, caBundle []byte) (*registration, error) {
	r := new(registration)
	var err error
	if r.client, err = client.New(config, client.Options{}); err != nil {
		return nil, fmt.Errorf("webhook configurations: %w", err)
	}
	if r.metrics, err = discovery.NewDiscoveryClientForConfig(config); err != nil {
		return nil, fmt.Errorf("webhook configurations: %w", err)
	}
	version, err := r.metrics.ServerVersion()
	if err != nil {
		return nil, fmt.Errorf("webhook configurations: %w", err)
	}
	r.mutating, r.validating, err = WebhookConfigurations(version.GitVersion, map[string]any{
		"webhook": map[string]any{"failurePolicy": "Fail", "timeoutSeconds": 10},
	})
	if err != nil {
		return nil, fmt.Errorf("webhook configurations: %w", err)
	}
	at := func(c *admissionv1.WebhookClientConfig) {
		url := "https://" + address + *c.Service.Path
		c.Service, c.URL, c.CABundle = nil, &url, caBundle
	}
	for i := range r.mutating.Webhooks {
		at(&r.mutating.Webhooks[i].ClientConfig)
	}
	for i := range r.validating.Webhooks {
		at(&r.validating.Webhooks[i].ClientConfig)
	}
	return r, nil
}

// install creates both configurations and waits until the API server calls both webhooks.
func (r *registration) install(ctx context.Context) error {
	for _, c := range []client.Object{r.mutating, r.validating} {
		if err := r.client.Create(ctx, c); err != nil {
			return fmt.Errorf("install webhook configuration: %w", err)
		}
	}
	return r.await(ctx, true)
}

// remove deletes both configurations and waits until the API server calls neither webhook any more.
func (r *registration) remove(ctx context.Context) error {
	for _, c := range []client.Object{r.mutating, r.validating} {
		if err := client.IgnoreNotFound(r.client.Delete(ctx, c)); err != nil {
			return fmt.Errorf("remove webhook configuration: %w", err)
		}
	}
	return r.await(ctx, false)
}

// await tries an object until the API server calls both webhooks, or neither: it acts on a configuration only some
// time after it has stored it.
func (r *registration) await(ctx context.Context, called bool) error {
	upstream := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "gloo.solo.io/v1",
		"kind":       "Upstream",
		"metadata":   map[string]any{"name": "are-webhooks-called", "namespace": "default"},
		"spec":       map[string]any{},
	}}
	var verdict error
	err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		before, err := r.calls(ctx)
		if err != nil {
			return false, err
		}
		verdict = r.client.Create(ctx, upstream.DeepCopy(), client.DryRunAll) // whatever they say of it
		after, err := r.calls(ctx)
		return (after[0] != before[0]) == called && (after[1] != before[1]) == called, err
	})
	if err != nil {
		return fmt.Errorf("wait for API server to call webhooks (want %t; a dry run gave: %v): %w", called, verdict, err)
	}
	return nil
}

// calls are the API server's own counters of calls to the mutating and to the validating webhooks, as text.
func (r *registration) calls(ctx context.Context) (calls [2]string, err error) {
	text, err := r.metrics.RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return calls, fmt.Errorf("metrics of the API server: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "apiserver_admission_webhook_request_total{") {
			continue
		}
		for _, w := range r.mutating.Webhooks {
			if strings.Contains(line, `name="`+w.Name+`"`) {
				calls[0] += line
			}
		}
		for _, w := range r.validating.Webhooks {
			if strings.Contains(line, `name="`+w.Name+`"`) {
				calls[1] += line
			}
		}
	}
	return calls, nil
}
