package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/test/env"
)

// benchCase is one admission review that is sent over and over.
type benchCase struct {
	name   string
	path   string
	review []byte
	// answers says whether the answer is the one that this case is about.
	answers func(*admissionv1.AdmissionResponse) error
}

//go:embed pod.yaml
var podYAML []byte

const manifests = "demo/manifests/"

// largeRoutes makes a VirtualService of about 1 MiB.
const largeRoutes = 2400

// cases are built from objects as the API server of e would hand them over:
// it has filled in what the manifests leave out.
func cases(ctx context.Context, e *env.Env) ([]benchCase, error) {
	c, err := client.New(e.Config, client.Options{})
	if err != nil {
		return nil, err
	}
	admitted := func(doc []byte) (*unstructured.Unstructured, error) {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(doc, &o.Object); err != nil {
			return nil, err
		}
		if err := c.Create(ctx, o, client.DryRunAll); err != nil {
			return nil, fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err)
		}
		return o, nil
	}
	read := func(name string) []byte {
		doc, readErr := os.ReadFile(manifests + name)
		err = errors.Join(err, readErr)
		return doc
	}
	gateway, host := read("gateway.yaml"), read("virtualservice.yaml")
	if err != nil {
		return nil, err
	}
	var all []benchCase
	for _, k := range []struct {
		name      string
		doc       []byte
		unchanged bool
		adds      bool
	}{
		{name: "gateway-proxy pod", doc: podYAML, adds: true},
		{name: "Gateway", doc: gateway, adds: true},
		{name: "VirtualService", doc: host, adds: true},
		{name: "VirtualService, 2,400 routes", doc: largeVirtualService(), adds: true},
		{name: "update that changes nothing", doc: host, unchanged: true},
	} {
		o, err := admitted(k.doc)
		if err != nil {
			return nil, err
		}
		var old *unstructured.Unstructured
		if k.unchanged {
			old = o.DeepCopy()
			o.SetResourceVersion("2")
			o.Object["status"] = map[string]any{"statuses": map[string]any{"gloo-system": map[string]any{"reportedBy": "gateway", "state": int64(1)}}}
		}
		review, err := reviewOf(o, old)
		if err != nil {
			return nil, err
		}
		all = append(all,
			benchCase{k.name, "/mutate", review, patches(k.adds)},
			benchCase{k.name, "/validate", review, patches(false)})
	}
	return all, nil
}

func patches(want bool) func(*admissionv1.AdmissionResponse) error {
	return func(r *admissionv1.AdmissionResponse) error {
		if got := len(r.Patch) > 0; got != want {
			return fmt.Errorf("a patch: %t, want %t: %s, warnings %q", got, want, r.Patch, r.Warnings)
		}
		return nil
	}
}

func largeVirtualService() []byte {
	var b strings.Builder
	b.WriteString("apiVersion: gateway.solo.io/v1\nkind: VirtualService\nmetadata: {name: large, namespace: gloo-system}\n" +
		"spec:\n  virtualHost:\n    domains: ['large.example.com']\n    routes:\n")
	for i := range largeRoutes {
		fmt.Fprintf(&b, "    - {matchers: [{prefix: /api/v1/%d/%s, methods: [GET, POST]}], name: route-%d, options: {timeout: 15s, prefixRewrite: /%d, "+
			"retries: {retryOn: 'connect-failure,refused-stream', numRetries: 3}}, routeAction: {single: {upstream: {name: default-service-%d-8080, namespace: gloo-system}}}}\n",
			i, strings.Repeat("x", 100), i, i, i)
	}
	return []byte(b.String())
}

// reviewOf is the review of an object's creation, or of its update if old is what it was before.
func reviewOf(o, old *unstructured.Unstructured) ([]byte, error) {
	gvk := o.GroupVersionKind()
	kind := metav1.GroupVersionKind{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind}
	resource := metav1.GroupVersionResource{Group: gvk.Group, Version: gvk.Version, Resource: strings.ToLower(gvk.Kind) + "s"}
	no := false
	request := &admissionv1.AdmissionRequest{
		UID: types.UID("8a5b8b9e-7d8c-4e59-9ad1-3c5f5d0a4f6f"), Kind: kind, Resource: resource, RequestKind: &kind, RequestResource: &resource,
		Namespace: o.GetNamespace(), Name: o.GetName(), Operation: admissionv1.Create, DryRun: &no,
		UserInfo: authenticationv1.UserInfo{
			Username: "system:serviceaccount:argocd:argocd-application-controller", UID: "0c2f8a64-7a6b-4cbe-a1f5-26f3d2a2f7b9",
			Groups: []string{"system:serviceaccounts", "system:serviceaccounts:argocd", "system:authenticated"},
			Extra:  map[string]authenticationv1.ExtraValue{"authentication.kubernetes.io/credential-id": {"JTI=0e8a1a4c-52d3-4a58-8c3b-6d4f8c4d9a51"}},
		},
		Options: runtime.RawExtension{Raw: []byte(`{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1","fieldManager":"kubectl-client-side-apply"}`)},
	}
	var err error
	if request.Object.Raw, err = o.MarshalJSON(); err != nil {
		return nil, err
	}
	if old != nil {
		request.Operation = admissionv1.Update
		request.Options.Raw = []byte(`{"kind":"UpdateOptions","apiVersion":"meta.k8s.io/v1","fieldManager":"gloo"}`)
		if request.OldObject.Raw, err = old.MarshalJSON(); err != nil {
			return nil, err
		}
	}
	return json.Marshal(admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"}, Request: request,
	})
}
