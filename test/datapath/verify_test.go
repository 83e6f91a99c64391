package datapath

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/glootrace/glootrace/test/env"
)

// TestVerify runs glootrace verify against the path as it is, and against what breaks on it.
func TestVerify(t *testing.T) {
	t.Parallel()
	glootrace := buildGlootrace(t)
	const agentUpstream = "Upstream gloo-system.opentelemetry-agent"
	for name, c := range map[string]struct {
		// What is broken.
		upstreams, gateway string // instead of those of a Gateway and Upstreams after admission
		zipkin             string // that the collector writes to, instead of the one that is asked
		fault              func(*testing.T, path)
		// What verify is given, and says.
		args                []string
		exit                int
		after, before, said string
		rules               string
	}{
		"found as expected": {
			args: []string{"--path", "/broken", "--host", "My-Host", "--expect-name", "My-Host", "--expect-service", "verify", "--expect-status", "error"},
			said: "ok  name, service and status as expected",
		},
		"found under another name": {
			args: []string{"--host", "my-host", "--expect-name", "ingress"},
			exit: 1, said: "name      expected ingress, got my-host",
		},
		"Zipkin is not there": {
			args: []string{"--zipkin-url", "http://127.0.0.1:1"},
			exit: 2, said: "error: asking Zipkin: GET http://127.0.0.1:1/api/v2/services: ",
		},
		"no HTTP/2": {
			upstreams: strings.ReplaceAll(upstreams, "  useHttp2: true\n", ""),
			exit:      1, after: "verify", before: agentUpstream, rules: "GT106", said: "1 export answered 502",
		},
		"agent dead": {
			fault: func(t *testing.T, p path) { kill(t, p.agent) },
			exit:  1, after: "verify", before: agentUpstream, rules: "GT116", said: "1 failed connection to 127.0.0.1:",
		},
		"collector dead": {
			fault: func(t *testing.T, p path) { kill(t, p.collector) },
			exit:  1, after: "the agent", before: "the collector", said: "waiting, 0 sent",
		},
		"Zipkin dead for the collector": {
			zipkin: "127.0.0.1:1",
			exit:   1, after: "the collector", before: "Zipkin", said: "waiting, 0 sent",
		},
		"tracing off": {
			gateway: untraced,
			exit:    1, after: "verify", rules: "GT105 GT112", said: "1 HTTP listener, none with tracing",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startPathTo(t, cmp.Or(c.zipkin, zipkin.Address), cmp.Or(c.upstreams, upstreams), cmp.Or(c.gateway, gatewayNamed("verify")))
			if c.fault != nil {
				c.fault(t, p)
			}
			timeout := 5 * time.Second // for what does not come
			if c.exit == 0 || c.args != nil {
				timeout = 30 * time.Second
			}
			args := append([]string{
				"verify", "--gateway-url", "http://" + p.envoy.Address, "--zipkin-url", "http://" + zipkin.Address,
				"--envoy-admin-url", "http://" + p.envoy.Admin, "--agent-metrics-url", "http://" + p.agent.Metrics,
				"--collector-metrics-url", "http://" + p.collector.Metrics, "--timeout", timeout.String(),
			}, c.args...)
			text, exit := runTo(t, glootrace, args...)
			t.Logf("exit code %d\n%s", exit, text)
			if exit != c.exit || !strings.Contains(text, c.said) {
				t.Errorf("want exit code %d and %q", c.exit, c.said)
			}
			if c.after == "" {
				return
			}
			data, _ := runTo(t, glootrace, append(args, "-o", "json")...)
			var report struct {
				Lost struct {
					After, Before, Cause, Fix string
					Rules                     []string
				}
			}
			if err := json.Unmarshal([]byte(data), &report); err != nil {
				t.Fatalf("%v in %s", err, data)
			}
			lost := report.Lost
			if lost.After != c.after || lost.Before != c.before || strings.Join(lost.Rules, " ") != c.rules || lost.Cause == "" || lost.Fix == "" {
				t.Errorf("want it lost between %q and %q, with cause, fix and rules %q:\n%s", c.after, c.before, c.rules, data)
			}
		})
	}
}

// untraced is a Gateway that nobody admitted.
const untraced = `
apiVersion: gateway.solo.io/v1
kind: Gateway
metadata: {name: verify, namespace: gloo-system}
spec:
  bindPort: 8080
  httpGateway: {}
`

// startPathTo is startPath with a collector that writes to the Zipkin at an address.
func startPathTo(t testing.TB, zipkin string, objects ...string) path {
	t.Helper()
	var p path
	p.collector = startCollector(t, "otel-collector", chartConfig(t, nil), Hosts{"zipkin:9411": zipkin}, "POD_IP=127.0.0.1")
	hosts := Hosts{"otel-collector:4317": p.collector.GRPC}
	p.agent = startAgent(t, hosts, p.collector)
	hosts["127.0.0.1:4317"] = p.agent.GRPC
	p.envoy = startEnvoy(t, hosts, objects...)
	return p
}

func buildGlootrace(t testing.TB) string {
	t.Helper()
	root, err := env.SourceDir("..")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "glootrace")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/glootrace")
	cmd.Dir = root
	if err := runTool(cmd); err != nil {
		t.Fatal(err)
	}
	return binary
}

// runTo runs a program to its end, and returns all that it printed.
func runTo(t testing.TB, program string, args ...string) (printed string, exit int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ended := new(exec.ExitError); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

func kill(t testing.TB, c *Collector) {
	t.Helper()
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
}
