package e2e

import (
	"context"
	"errors"
	"testing"
)

func TestOptOutByNamespace(t *testing.T) {
	install(t)
	ns := namespace(t, "glootrace.dev/inject=false")
	p := startProxy(t, ns)
	untouched(t, p)
}

func TestOptOutByAnnotation(t *testing.T) {
	install(t)
	p := startProxy(t, namespace(t))
	before, err := p.pod(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kubectl(t, "", "-n", p.namespace, "patch", "deployment", "gateway-proxy", "-p",
		`{"spec": {"template": {"metadata": {"annotations": {"glootrace.dev/inject": "false"}}}}}`)
	await(t, "the proxy's next pod", func(ctx context.Context) error {
		pod, err := p.pod(ctx)
		if err == nil && pod.UID == before.UID {
			err = errors.New("it is the one before")
		}
		return errors.Join(err, available(ctx, p.namespace, "gateway-proxy"))
	})
	untouched(t, p)
}

// untouched fails the test if the proxy has an agent, or does not serve.
func untouched(t testing.TB, p proxy) {
	t.Helper()
	pod, err := p.pod(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if container(pod.Spec.InitContainers) != nil || container(pod.Spec.Containers) != nil {
		t.Error("it has an agent")
	}
	if err := p.serves(t.Context()); err != nil {
		t.Error(err)
	}
}
