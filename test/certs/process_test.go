package certs

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	registrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/test/env"
	"github.com/glootrace/glootrace/test/port"
)

func TestProcessLooksAfterItsOwnCertificates(t *testing.T) {
	binary, err := cluster.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	free, err := port.Free("127.0.0.1", 3)
	if err != nil {
		t.Fatal(err)
	}
	serving, health, metrics := free[0], free[1], free[2]
	_, port, _ := net.SplitHostPort(serving)
	cmd := exec.Command(binary, "webhook", "--kubeconfig", cluster.Kubeconfig,
		"--webhook-config", name, "--namespace", secretKey.Namespace, "--cert-names", "127.0.0.1",
		"--bind-address", "127.0.0.1", "--port", port, "--health-address", health, "--metrics-address", metrics)
	var said bytes.Buffer // all of it, once the process has ended
	cmd.Stdout = io.MultiWriter(t.Output(), &said)
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var kept map[string][]byte // the Secret
	t.Cleanup(func() {
		if err := env.End(cmd); err != nil {
			t.Error(err)
		}
		for name, value := range kept {
			if !strings.HasSuffix(name, ".key") {
				continue
			}
			if line := strings.Split(string(value), "\n")[1]; strings.Contains(said.String(), line) {
				t.Errorf("%s is in the log", name)
			}
		}
		if len(kept) == 0 || !strings.Contains(said.String(), "certificate") {
			t.Error("it kept no certificate, or said nothing of it")
		}
		cleanUp(t)
	})
	eventually(t, "alive", time.Minute, func() bool { return status(health, "healthz") == http.StatusOK })
	if got := status(health, "readyz/certificate"); got != http.StatusInternalServerError {
		t.Errorf("without webhook configurations readiness answers %d", got)
	}
	for _, o := range registration(serving) {
		forUpstreams(o, serving)
		if err := admin.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "ready", time.Minute, func() bool { return status(health, "readyz") == http.StatusOK })
	upstream := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "gloo.solo.io/v1", "kind": "Upstream", "metadata": map[string]any{"name": "any", "namespace": "load"},
		"spec": map[string]any{"static": map[string]any{"hosts": []any{map[string]any{"addr": "192.0.2.1", "port": int64(80)}}}},
	}}
	eventually(t, "an admission", time.Minute, func() bool {
		return admin.Create(t.Context(), upstream.DeepCopy(), client.DryRunAll) == nil
	})
	kept = get(t).Data
	page := page(metrics, "metrics")
	for _, metric := range []string{
		`glootrace_certificate_expiry_seconds{certificate="leaf"}`, `glootrace_certificate_expiry_seconds{certificate="ca"}`,
		`glootrace_certificate_rotations_total{certificate="leaf"} 1`, `glootrace_certificate_failures_total{of="secret"} 0`,
	} {
		if !strings.Contains(page, metric) {
			t.Errorf("no metric %s", metric)
		}
	}
}

// forUpstreams turns a registration of the fleet into one that glootrace itself has.
func forUpstreams(o client.Object, address string) {
	at := func(path string) *string { url := fmt.Sprintf("https://%s/%s", address, path); return &url }
	upstreams := registrationv1.Rule{APIGroups: []string{"gloo.solo.io"}, APIVersions: []string{"v1"}, Resources: []string{"upstreams"}}
	switch c := o.(type) {
	case *registrationv1.MutatingWebhookConfiguration:
		c.Webhooks[0].ClientConfig.URL, c.Webhooks[0].Rules[0].Rule = at("mutate"), upstreams
	case *registrationv1.ValidatingWebhookConfiguration:
		c.Webhooks[0].ClientConfig.URL, c.Webhooks[0].Rules[0].Rule = at("validate"), upstreams
	}
}

func status(address, path string) int {
	response, err := http.Get("http://" + address + "/" + path)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

func page(address, path string) string {
	response, err := http.Get("http://" + address + "/" + path)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return string(text)
}
