package check

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	registrationv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/check"
	"github.com/glootrace/glootrace/test/transcript"
)

const page = "../../docs/troubleshooting.md"

// command runs the program and returns what it prints and its exit code.
func command(t testing.TB, binary string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestCommandSaysWhatTheDocumentationShows(t *testing.T) {
	binary, err := cluster.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	installed(t)
	args := []string{"check", "--kubeconfig", cluster.Kubeconfig}
	if out, errs, code := command(t, binary, args...); code != 0 {
		t.Fatalf("all is well, and it exits with %d:\n%s%s", code, out, errs)
	}
	apply(t, `{apiVersion: gateway.solo.io/v1, kind: Gateway, metadata: {name: gateway-proxy, namespace: gloo-system}, spec: {bindAddress: "::", bindPort: 8080,
		httpGateway: {options: {httpConnectionManagerSettings: {tracing: {tracePercentages: {randomSamplePercentage: 10}}}}}}}
---
{apiVersion: gateway.solo.io/v1, kind: VirtualService, metadata: {name: shop, namespace: gloo-system}, spec: {virtualHost: {domains: [shop.example.com], routes: [
		{matchers: [{prefix: /checkout}], directResponseAction: {status: 200}, options: {tracing: {}}}, {matchers: [{prefix: /}], directResponseAction: {status: 200}}]}}}`)
	out, errs, code := command(t, binary, "check", "sampling", "--kubeconfig", cluster.Kubeconfig)
	if code != 0 || errs != "" {
		t.Errorf("check sampling exits with %d and says %q", code, errs)
	}
	transcript.Shown(t, "../../docs/sampling.md", "glootrace check sampling", out)
	apply(t, gloo)
	kubectl(t, "delete", "endpointslice", "-n", "gloo-system", "otel-collector")
	out, errs, code = command(t, binary, args...)
	if code != 1 || errs != "" {
		t.Errorf("it exits with %d and says %q", code, errs)
	}
	transcript.Shown(t, page, "glootrace check", out,
		transcript.Varying{This: `at https://127\.0\.0\.1:\d+`, Reads: "at https://203.0.113.7:6443"},
		transcript.Varying{This: `127\.0\.0\.1:\d+`, Reads: "203.0.113.8:10250"},
		transcript.Varying{This: `\d{4}-\d\d-\d\dT[0-9:]+Z`, Reads: "2026-03-02T07:41:10Z"},
		transcript.Varying{This: `answers \(v\S+`, Reads: "answers (v1.36.3"})
}

func TestCommandExitsWith2IfItCanNotAsk(t *testing.T) {
	binary, err := cluster.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	const nobody = `{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a}}],
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}]}`
	if err := os.WriteFile(kubeconfig, []byte(nobody), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _, code := command(t, binary, "check", "--kubeconfig", kubeconfig); code != 2 || !strings.Contains(out, "connection refused") || strings.Contains(out, "webhook") {
		t.Errorf("without an API server it exits with %d:\n%s", code, out)
	}
	if _, errs, code := command(t, binary, "check", "-o", "wide"); code != 2 || !strings.Contains(errs, "check prints text, json, yaml or junit") {
		t.Errorf("with an unknown format it exits with %d: %s", code, errs)
	}
}

func TestPluginOfKubectl(t *testing.T) {
	binary, err := cluster.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	installed(t)
	home := t.TempDir()
	dir := filepath.Join(home, ".local", "bin")
	t.Setenv("HOME", home)
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(binary, filepath.Join(dir, "kubectl-glootrace")); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/download.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile("(?m)^ln -s .*$").Find(page)
	if out, err := exec.Command("sh", "-c", string(link)).CombinedOutput(); err != nil || len(link) == 0 {
		t.Fatalf("%s: %v: %s", link, err, out)
	}
	for args, want := range map[string]string{
		"glootrace check --help":                                "kubectl glootrace check [flags]",
		"__complete glootrace ver":                              "verify\tSend a request",
		"__complete glootrace rules GT40":                       "GT401\t",
		"__complete glootrace verify --gateway gloo-system/gat": "gloo-system/gateway-proxy\n:4\n",
	} {
		if out, _, err := cluster.Kubectl(t.Context(), "", strings.Fields(args)...); err != nil || !strings.Contains(out, want) {
			t.Errorf("kubectl %s: %v: want %q in\n%s", args, err, want, out)
		}
	}
}

func TestANamespaceThatThereIsNot(t *testing.T) {
	r, err := check.Run(t.Context(), cluster.Config, check.Groups, check.Options{Webhooks: selfManaged(t).namespace, Namespace: "nope"})
	if err != nil {
		t.Fatal(err)
	}
	if got := find(r, "admission-mutates"); got.Status != check.Unknown || !strings.Contains(got.Fix, "name a namespace that exists with -n") {
		t.Errorf("got\n%s", text(r))
	}
}

func TestAdmissionWithoutConfigurations(t *testing.T) {
	t.Cleanup(func() { wipe(t) })
	apply(t, gloo)
	r := about(t, cluster.Config)
	for name, says := range map[string]string{"admission-mutates": "there is no MutatingWebhookConfiguration", "admission-refuses": "there is no ValidatingWebhookConfiguration"} {
		if got := find(r, name); got.Status != check.Fail || !strings.HasSuffix(got.Reason, says) || got.Fix != "see webhook-configurations" {
			t.Errorf("got %+v", got)
		}
	}
	if got := find(r, "webhook-configurations"); !strings.Contains(got.Fix, "helm upgrade makes them anew") {
		t.Errorf("got %+v", got)
	}
}

func TestWaitEndsWhenAllIsWell(t *testing.T) {
	w := selfManaged(t)
	bundle := w.bundle()
	w.trust(nil)
	said := &teller{told: func() { w.trust(bundle) }}
	r, err := check.Run(t.Context(), cluster.Config, groups("webhook", "certificates"), check.Options{Webhooks: w.namespace, Wait: 2 * time.Minute, Progress: said})
	if err != nil || r.Summary.Fail > 0 || !strings.Contains(said.text, "ca-bundle: ") {
		t.Errorf("%v: %+v; it said %q", err, r, said.text)
	}
}

// bundle is what the API server trusts.
func (w *world) bundle() []byte {
	w.t.Helper()
	var c registrationv1.MutatingWebhookConfiguration
	if err := admin.Get(w.t.Context(), client.ObjectKey{Name: w.namespace}, &c); err != nil {
		w.t.Fatal(err)
	}
	return c.Webhooks[0].ClientConfig.CABundle
}

// teller does something as soon as it is told something.
type teller struct {
	text string
	told func()
}

func (w *teller) Write(p []byte) (int, error) {
	if w.text += string(p); w.told != nil {
		w.told()
		w.told = nil
	}
	return len(p), nil
}

func TestShellsCompleteNamesOfTheCluster(t *testing.T) {
	binary, err := cluster.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	installed(t)
	for _, c := range []struct{ command, flag, prefix, want string }{
		{"verify", "--gateway", "gateway-p", "gateway-proxy\n:4\n"},
		{"verify", "--gateway", "gloo-system/", "gloo-system/gateway-proxy\n:4\n"},
		{"check", "--namespace", "gloo-sys", "gloo-system\n:4\n"},
	} {
		if out, _, _ := command(t, binary, "__complete", c.command, "--kubeconfig", cluster.Kubeconfig, c.flag, c.prefix); out != c.want {
			t.Errorf("%s %s %s: got %q, want %q", c.command, c.flag, c.prefix, out, c.want)
		}
	}
}

// As docs/getting-started.md has it: what kubectl prints of a whole cluster is linted as the whole configuration.
func TestWhatKubectlPrintsCanBeLinted(t *testing.T) {
	binary, err := cluster.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	installed(t)
	kinds, _, err := cluster.Kubectl(t.Context(), "", "api-resources", "--api-group=gateway.solo.io", "-o", "name")
	if err != nil {
		t.Fatal(err)
	}
	printed, _, err := cluster.Kubectl(t.Context(), "", "get",
		"namespaces,upstreams.gloo.solo.io,"+strings.Join(strings.Fields(kinds), ","), "-A", "-o", "yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "all.yaml")
	spoiled := strings.Replace(printed, "name: opentelemetry-agent\n", "name: gone\n", 1) // the first is the Gateway's reference
	if spoiled == printed {
		t.Fatalf("no Gateway refers to the agent:\n%s", printed)
	}
	for text, want := range map[string]int{printed: 0, spoiled: 1} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, errs, code := command(t, binary, "lint", "--complete", "-f", file, "--fail-on", "warning")
		if code != want || strings.Contains(out, "GT105") != (want == 1) {
			t.Errorf("want exit code %d, got %d:\n%s%s", want, code, out, errs)
		}
	}
}
