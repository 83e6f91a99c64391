package datapath

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/glootrace/glootrace/test/env"
	"github.com/glootrace/glootrace/test/transcript"
)

// pods are those of a cluster with the path; node "here" forwards their ports to its processes.
const pods = `
{apiVersion: v1, kind: Pod, metadata: {name: gateway-proxy-0, namespace: gloo-system, labels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}},
  spec: {nodeName: here, containers: [{name: gateway-proxy, image: envoy}, {name: otel-agent, image: otel}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: otel-collector-0, namespace: gloo-system, labels: {app.kubernetes.io/name: glootrace, app.kubernetes.io/component: collector}},
  spec: {nodeName: here, containers: [{name: collector, image: otel}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: zipkin-0, namespace: gloo-system, labels: {app.kubernetes.io/name: glootrace, app.kubernetes.io/component: zipkin}},
  spec: {nodeName: here, containers: [{name: zipkin, image: zipkin}]}}
`

const noReplicas = `
{apiVersion: apps/v1, kind: Deployment, metadata: {name: otel-collector, namespace: gloo-system, labels: {app.kubernetes.io/name: glootrace, app.kubernetes.io/component: collector}},
  spec: {replicas: 0, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: collector, image: otel}]}}}}`

// TestVerifyInACluster gives verify nothing but a kubeconfig: API server and the way of a forwarded port are real.
func TestVerifyInACluster(t *testing.T) {
	t.Parallel()
	glootrace := buildGlootrace(t)
	p := startPath(t, nil, upstreams, gatewayNamed("verify"))
	cluster, err := env.Start(t.Context(), env.Options{Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	ports := map[string]string{
		"gateway-proxy-0:8080": p.envoy.Address, "gateway-proxy-0:19000": p.envoy.Admin, "gateway-proxy-0:8888": p.agent.Metrics,
		"otel-collector-0:8888": p.collector.Metrics, "zipkin-0:9411": zipkin.Address,
	}
	node, err := cluster.Node(t.Context(), "here", func(pod types.NamespacedName, port int) (string, error) {
		if address := ports[fmt.Sprintf("%s:%d", pod.Name, port)]; address != "" {
			return address, nil
		}
		return "", fmt.Errorf("nobody listens on port %d of %s", port, pod)
	})
	if err != nil {
		t.Fatal(err)
	}
	kubectl := func(stdin string, args ...string) {
		t.Helper()
		if _, _, err := cluster.Kubectl(t.Context(), stdin, args...); err != nil {
			t.Fatal(err)
		}
	}
	kubectl("", "create", "namespace", "gloo-system")
	kubectl(strings.Join([]string{upstreams, gatewayNamed("verify"), virtualService, pods}, "\n---\n"), "apply", "-f", "-")
	for _, pod := range []string{"gateway-proxy-0", "otel-collector-0", "zipkin-0"} {
		kubectl("", "patch", "pod", "-n", "gloo-system", pod, "--subresource=status", "--type=merge", "-p",
			`{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}`)
	}
	args := []string{"verify", "--kubeconfig", cluster.Kubeconfig}

	text, exit := runTo(t, glootrace, append(args, "--timeout", "30s", "--host", "my-host", "--expect-name", "SPECIAL_ROUTE", "--expect-service", "verify")...)
	t.Logf("exit code %d\n%s", exit, text)
	if exit != 0 || !strings.Contains(text, "GET http://gateway-proxy-0.gloo-system.pod:8080/special  host my-host  200") {
		t.Error("want exit code 0, and the first route that is served")
	}
	const shown = "../../docs/verify.md"
	const took = `\d+(\.\d+)? m?s`
	varying := []transcript.Varying{
		{This: `trace [0-9a-f]{32}`, Reads: "trace 5b8efff798038103d269b633813fc60c"},
		{This: `\bin ` + took, Reads: "in 3 ms"}, {This: `after ` + took, Reads: "after 1.2 s"}, {This: `unset   ` + took, Reads: "unset   0.31 ms"},
		{This: `127\.0\.0\.1:\d+`, Reads: "127.0.0.1:8888"},
		// The request before, whose verify was interrupted, may be counted with it.
		{This: `\d+ waiting, \d+ sent`, Reads: "1 waiting, 0 sent"}, {This: `\d+ exports? answered 200`, Reads: "1 export answered 200"}, {This: `took \d+ spans?`, Reads: "took 1 span"},
	}
	transcript.Shown(t, shown, "glootrace verify --host my-host --expect-name SPECIAL_ROUTE --expect-service verify", text, varying...)
	t.Run("until it is interrupted", func(t *testing.T) {
		watches(t, glootrace, append(args, "--watch", "100ms", "--timeout", "30s", "--path", "/"))
	})
	if err := p.collector.Kill(); err != nil {
		t.Fatal(err)
	}
	text, exit = runTo(t, glootrace, append(args, "--timeout", "5s")...)
	t.Logf("exit code %d\n%s", exit, text)
	if exit != 1 || !strings.Contains(text, "lost between the agent and the collector") {
		t.Error("want exit code 1, and the hop named")
	}
	transcript.Shown(t, shown, "glootrace verify", text, varying...)

	kubectl("", "delete", "pod", "-n", "gloo-system", "otel-collector-0", "--grace-period=0", "--force")
	kubectl(noReplicas, "apply", "-f", "-")
	text, exit = runTo(t, glootrace, append(args, "--timeout", "5s")...)
	if exit != 1 || !strings.Contains(text, "cause: the collector is down: Deployment gloo-system/otel-collector has 0 replicas\n") {
		t.Errorf("want exit code 1, and the Deployment named; it is %d\n%s", exit, text)
	}
	for end := time.Now().Add(10 * time.Second); node.Open() > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d forwarded connections are left behind", node.Open())
		}
	}
}

// watches wants at least two reports, and an exit without complaint when it is interrupted.
func watches(t *testing.T, glootrace string, args []string) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, glootrace, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	for buffer := make([]byte, 4096); strings.Count(said.String(), "ok  ") < 2; {
		n, err := out.Read(buffer)
		said.Write(buffer[:n])
		if err != nil {
			t.Fatalf("it ended by itself: %v\n%s%s", err, &said, &errs)
		}
	}
	cmd.Process.Signal(syscall.SIGINT)
	io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil || errs.Len() > 0 {
		t.Errorf("%v: %s", err, &errs)
	}
}
