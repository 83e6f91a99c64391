package faults

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// secret stands for what nobody but the owner of an object should read.
const secret = "m4rk3d-v4lu3"

// TestNothingOfObjectsIsInTheLog has the same secret in Secrets, in every kind of object that is reviewed and in the
// Policy, in ways that fail and in ways that do not, and looks for it in what webhook and check print.
func TestNothingOfObjectsIsInTheLog(t *testing.T) {
	e := shared(t)
	const objects = `
apiVersion: v1
kind: Secret
metadata: {name: marked, namespace: default}
stringData: {password: ` + secret + `}
---
apiVersion: v1
kind: Secret
metadata: {name: glootrace-certs, namespace: default}
stringData: {tls.key: ` + secret + `, ca.key: ` + secret + `, tls.crt: ` + secret + `}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: glootrace-policy, namespace: default}
data: {policy.yaml: "agent: {image: 7, mode: ` + secret + `}"}
`
	if _, _, err := e.Kubectl(t.Context(), objects, "create", "-f", "-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Kubectl(background, objects, "delete", "-f", "-") })
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(rest string) {
		t.Helper()
		text := "apiVersion: glootrace.dev/v1alpha1\nkind: Policy\nagent:\n  extraConfig: {exporters: {otlp_grpc: {headers: {authorization: " + secret + "}}}}\n" + rest
		if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	w, c := webhook(t, e, policy), newSender()
	key, err := os.ReadFile(filepath.Join(w.CertDir, "tls.key"))
	if err != nil {
		t.Fatal(err)
	}
	object := func(kind, spec string) []byte {
		return review(kind, `{"apiVersion":"gateway.solo.io/v1","kind":"`+kind+`","metadata":{"name":"it","namespace":"default","annotations":{"password":"`+secret+`","glootrace.dev/inject":"`+secret+`"}},"spec":`+spec+`}`)
	}
	answered := 0
	for _, path := range []string{"/mutate", "/validate"} {
		for _, review := range [][]byte{
			[]byte(strings.Replace(string(proxy), `"image":"envoy"`, `"image":"`+secret+`","env":[{"name":"PASSWORD","value":"`+secret+`"}]`, 1)),
			[]byte(strings.Replace(string(proxy), `"containers":[`, `"containers":["`+secret+`",`, 1)),
			object("Gateway", `{"httpGateway":{"options":{"httpConnectionManagerSettings":{"tracing":{"openTelemetryConfig":{"clusterName":"`+secret+`","collectorUpstreamRef":{"name":"`+secret+`","namespace":"default"}},"zipkinConfig":"`+secret+`"}}}}}`),
			object("Gateway", `"`+secret+`"`),
			object("VirtualService", `{"virtualHost":{"options":{"stagedTransformations":{"regular":{"requestTransforms":[{"requestTransformation":{"transformationTemplate":{"passthrough":{},"spanTransformer":{"name":{"text":"{{ `+secret+`(}}"}}}}}]}}}}}`),
			object("Upstream", `{"static":{"hosts":"`+secret+`"}}`),
			review("Gateway", `{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{"name":"it","annotations":"`+secret+`"},"spec":{"x":"`+secret+`"`+"}, broken"),
			[]byte(secret),
			review("Gateway", `"`+secret+`"`),
		} {
			a, err := send(c, w, path, review)
			if err != nil {
				t.Error(err)
			} else if strings.Contains(a.text, secret) {
				answered++
			}
		}
	}
	if answered == 0 {
		t.Error("no answer has the secret, which the sender has: it did not get far")
	}
	write("  inject: {" + secret + ": 1}\n")
	eventually(t, "a bad Policy", func() bool { return metric(t, w, "glootrace_policy_reload_success") == 0 })
	said := w.Log()
	for _, wanted := range []string{"cannot be read", "the policy is bad"} {
		if !strings.Contains(said, wanted) {
			t.Errorf("the log does not say %q", wanted)
		}
	}
	lines := append(strings.Split(said, "\n"), strings.Split(metrics(t, w), "\n")...)
	binary, err := e.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json", "junit"} {
		check := exec.CommandContext(t.Context(), binary, "check", "--kubeconfig", e.Kubeconfig, "-n", "default", "-o", format)
		out, _ := check.CombinedOutput() // it finds much wrong here
		if !strings.Contains(string(out), "ertificate") {
			t.Errorf("check says only %s", out)
		}
		lines = append(lines, strings.Split(string(out), "\n")...)
	}
	for _, line := range lines {
		if strings.Contains(line, secret) || strings.Contains(line, strings.Split(string(key), "\n")[1]) {
			t.Errorf("it says: %s", line)
		}
	}
}
