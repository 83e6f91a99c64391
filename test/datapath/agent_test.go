package datapath

import (
	"encoding/json"
	"slices"
	"testing"

	"gomodules.xyz/jsonpatch/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/mutate"
	"github.com/glootrace/glootrace/validate"
)

// startAgent starts the agent with the very configuration that an injected pod
// has in its environment; only the collector's address is that of here.
func startAgent(t testing.TB, hosts Hosts, collector *Collector) *Collector {
	t.Helper()
	container := injected(t)
	var config string
	env := []string{"OTEL_COLLECTOR_ENDPOINT=" + collector.GRPC}
	for _, v := range container.Env {
		switch {
		case v.Name == agent.ConfigVariable:
			config = v.Value
		case v.ValueFrom != nil: // by the downward API
			env = append(env, v.Name+"=test")
		}
	}
	return startCollector(t, agent.Name, config, hosts, env...)
}

// injected is the container that a proxy's pod gets.
func injected(t testing.TB) corev1.Container {
	t.Helper()
	pod, err := gloo.Decode([]byte(`{"apiVersion":"v1","kind":"Pod",
		"metadata":{"name":"gateway-proxy-1","namespace":"gloo-system","labels":{"gloo":"gateway-proxy","gateway-proxy-id":"gateway-proxy"}},
		"spec":{"containers":[{"name":"gateway-proxy","image":"envoy"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	patch := mutate.Object(pod, policy.Default(), refs.FromObjects(nil, false)).Patch
	i := slices.IndexFunc(patch, func(o jsonpatch.Operation) bool { return o.Path == "/spec/initContainers" })
	if i < 0 {
		t.Fatalf("no agent in %v", patch)
	}
	value, err := json.Marshal(patch[i].Value)
	if err != nil {
		t.Fatal(err)
	}
	var containers []corev1.Container
	if err := json.Unmarshal(value, &containers); err != nil || len(containers) != 1 {
		t.Fatalf("%s: %v", value, err)
	}
	return containers[0]
}

// linted are the codes of what validation finds in manifests.
func linted(t testing.TB, manifests string) (codes []string) {
	t.Helper()
	file, errs := document.Parse("manifests", []byte(manifests))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var objects []gloo.Object
	for _, source := range file.Objects() {
		o, err := gloo.Decode(source.JSON())
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	for _, o := range objects {
		for _, f := range validate.Object(o, nil, policy.Default(), refs.FromObjects(objects, true)) {
			codes = append(codes, f.Code)
		}
	}
	return codes
}
