package integration

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
	"k8s.io/client-go/util/cert"

	"github.com/glootrace/glootrace/test/env"
	"github.com/glootrace/glootrace/test/port"
)

func TestWhatWasMissedIsCountedToldOnceAndMended(t *testing.T) {
	ns := namespace(t)
	kubectl(t, "", "label", "namespace", ns, "glootrace.dev/inject=false") // so that admission passes over the pods
	eventually(t, func() bool {
		return !strings.Contains(kubectl(t, pod(ns, "probe", ""), "create", "--dry-run=server", "-o", "yaml", "-f", "-"), "otel-agent")
	})
	kubectl(t, upstream(ns, "collector"), "create", "-f", "-")
	kubectl(t, gateway(ns, "edge", "{}"), "create", "-f", "-") // the webhook's own Policy has no collector for it
	kubectl(t, `
apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: admitted, namespace: `+ns+`, annotations: {glootrace.dev/inject: "true"}}
spec: {virtualHost: {domains: [`+ns+`.example.com], routes: [{matchers: [{prefix: /}], directResponseAction: {status: 200}}]}}
`, "create", "-f", "-") // the webhook's own Policy names its spans, the other one by another template
	owned := workload(t, ns)
	for _, name := range []string{"one", "two"} {
		kubectl(t, strings.Replace(pod(ns, name, ""), "  labels:", owned+"  labels:", 1), "create", "-f", "-")
	}
	kubectl(t, "", "label", "namespace", ns, "glootrace.dev/inject-")

	a := startAudit(t, policyOf(ns, "report"))
	eventually(t, func() bool {
		return a.missed("Gateway") == "1" && a.missed("VirtualService") == "0" && a.missed("Pod") == "2"
	})
	const want = "Deployment proxies, Gateway edge"
	eventually(t, func() bool { return events(t, ns) == want })
	if strings.Contains(get(t, ns, "gateways.v1.gateway.solo.io/edge"), "openTelemetryConfig") {
		t.Error("it was to be reported only, and was changed")
	}

	a.follow(t, policyOf(ns, "repair"))
	eventually(t, func() bool { return a.missed("Gateway") == "0" })
	if stored := get(t, ns, "gateways.v1.gateway.solo.io/edge"); !strings.Contains(stored, "openTelemetryConfig") {
		t.Errorf("it counts as mended, and is not: %s", stored)
	}
	if got := a.missed("Pod"); got != "2" {
		t.Errorf("%s pods count as missed: a running pod can not be mended", got)
	}
	if got := events(t, ns); got != want { // some looks later
		t.Errorf("there are events about %s; want one each about %s", got, want)
	}
}

// policyOf is a Policy for one namespace, whose collector is there too.
func policyOf(ns, mode string) string {
	ref := "{upstreamRef: {namespace: " + ns + ", name: collector}}\n"
	return "apiVersion: glootrace.dev/v1alpha1\nkind: Policy\nnamespaces: [" + ns + "]\ncollector: " + ref + "agent: " + ref + "audit: {mode: " + mode + "}\nspanName: {template: of another Policy}\n"
}

// workload makes the Deployment and ReplicaSet of pods, and returns the field by which pods are theirs. No
// controllers run here.
func workload(t *testing.T, ns string) (owners string) {
	owner := func(kind, name, owners string) string {
		manifest := "apiVersion: apps/v1\nkind: " + kind + "\nmetadata:\n  name: " + name + "\n" + owners + `
spec:
  selector: {matchLabels: {app: proxies}}
  template:
    metadata: {labels: {app: proxies}}
    spec: {containers: [{name: envoy, image: envoy}]}
`
		uid := kubectl(t, manifest, "create", "-n", ns, "-o", "jsonpath={.metadata.uid}", "-f", "-")
		return "  ownerReferences: [{apiVersion: apps/v1, kind: " + kind + ", name: " + name + ", uid: " + uid + ", controller: true}]\n"
	}
	return owner("ReplicaSet", "proxies-1", owner("Deployment", "proxies", ""))
}

// events are the objects in a namespace that an event says were missed, one word for each event.
func events(t *testing.T, ns string) string {
	var about []string
	for _, e := range gjson.Get(kubectl(t, "", "get", "events", "-n", ns, "-o", "json"), `items.#(reason=="MissedByGlootrace")#`).Array() {
		word := e.Get("involvedObject.kind").Str + " " + e.Get("involvedObject.name").Str
		if e.Get("series").Exists() {
			word += " again and again"
		}
		about = append(about, word)
	}
	slices.Sort(about)
	return strings.Join(about, ", ")
}

// audit is a glootrace that the API server does not call: it only looks for what was missed.
type audit struct{ policy, metrics string }

func startAudit(t *testing.T, policy string) audit {
	binary, err := cluster.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	crt, key, err := cert.GenerateSelfSignedCertKey("localhost", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	free, err := port.Free("127.0.0.1", 2)
	if err != nil {
		t.Fatal(err)
	}
	a := audit{policy: filepath.Join(dir, "policy.yaml"), metrics: free[0]}
	a.follow(t, policy)
	for name, data := range map[string][]byte{"tls.crt": crt, "tls.key": key} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	host, port, _ := net.SplitHostPort(free[1])
	cmd := exec.Command(binary, "webhook", "--kubeconfig", cluster.Kubeconfig, "--cert-dir", dir, "--policy", a.policy,
		"--namespace", "default", "--audit-interval", "100ms",
		"--bind-address", host, "--port", port, "--health-address", "0", "--metrics-address", a.metrics)
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.End(cmd); err != nil {
			t.Error(err)
		}
	})
	return a
}

// follow has the audit follow another Policy, as soon as it looks at the file.
func (a audit) follow(t *testing.T, policy string) {
	if err := os.WriteFile(a.policy, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
}

// missed is the number of objects of a kind that count as missed, empty if it is not known yet.
func (a audit) missed(kind string) string {
	response, err := http.Get("http://" + a.metrics + "/metrics")
	if err != nil { // not yet
		return ""
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	for line := range strings.Lines(string(body)) {
		if number, ok := strings.CutPrefix(line, `glootrace_missed_objects{kind="`+kind+`"} `); ok {
			return strings.TrimSpace(number)
		}
	}
	return ""
}
