package agent

import (
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/testcase"
)

func TestWhyAnAgentDoesNotRun(t *testing.T) {
	for status, want := range map[string]struct{ why, mend string }{
		`{}`: {"", "logs p"},
		`{containerStatuses: [{name: envoy, state: {waiting: {reason: CrashLoopBackOff}}}]}`:                               {"", "logs p"},
		`{containerStatuses: [{name: otel-agent, state: {waiting: {reason: InvalidImageName, message: none}}}]}`:           {"InvalidImageName: none", "agent.image"},
		`{containerStatuses: [{name: otel-agent, state: {waiting: {reason: ErrImagePull}}}]}`:                              {"ErrImagePull", "agent.image"},
		`{initContainerStatuses: [{name: otel-agent, state: {waiting: {reason: CrashLoopBackOff, message: "back-off"}}}]}`: {"CrashLoopBackOff: back-off", "agent.extraConfig"},
	} {
		pod := testcase.Decode(t, "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns}, status: "+status+"}")
		if got := Stuck(pod); got != want.why || !strings.Contains(Mend(pod, got), want.mend) {
			t.Errorf("%s: got %q and %q, want %+v", status, got, Mend(pod, got), want)
		}
	}
}

func TestHowAPodIsStartedAnew(t *testing.T) {
	for metadata, want := range map[string]string{
		`labels: {pod-template-hash: 5d}, ownerReferences: [{kind: ReplicaSet, name: edge-v2-5d}]`: "kubectl -n ns rollout restart deployment edge-v2",
		`ownerReferences: [{kind: DaemonSet, name: edge}]`:                                         "kubectl -n ns rollout restart daemonset edge",
		`ownerReferences: [{kind: StatefulSet, name: edge}]`:                                       "kubectl -n ns rollout restart statefulset edge",
		`ownerReferences: [{kind: ReplicaSet, name: edge}]`:                                        "kubectl -n ns delete pod p, if something makes it anew",
		``: "kubectl -n ns delete pod p, if something makes it anew",
	} {
		if got := restart(testcase.Decode(t, "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns, "+metadata+"}}")); got != want {
			t.Errorf("%s: got %q, want %q", metadata, got, want)
		}
	}
}

func TestAPortThatIsNotTheAgents(t *testing.T) {
	for _, c := range []struct {
		hosts  string
		change func(*policy.Agent)
		off    bool
	}{
		{`[{addr: 127.0.0.1, port: 4317}]`, nil, false},
		{`[{addr: 127.0.0.1, port: 4999}]`, nil, true},
		{`[{addr: localhost, port: 4318}]`, nil, true},
		{`[{addr: "::1", port: 4318}]`, nil, true},
		{`[{addr: 127.0.0.1}]`, nil, false},            // another rule's
		{`[{addr: 10.0.0.1, port: 4999}]`, nil, false}, // an agent elsewhere
		{`[{addr: 127.0.0.1, port: 4999}]`, func(a *policy.Agent) { a.Inject = false }, false},
		{`[{addr: 127.0.0.1, port: 4999}]`, func(a *policy.Agent) { a.UpstreamRef.Name = "other" }, false},
		{`[{addr: 127.0.0.1, port: 4999}]`, func(a *policy.Agent) { a.ExtraConfig = map[string]any{"receivers": map[string]any{}} }, false},
	} {
		pol := policy.Default().Agent
		if c.change != nil {
			c.change(&pol)
		}
		u := testcase.Decode(t, `{apiVersion: gloo.solo.io/v1, kind: Upstream, metadata: {name: opentelemetry-agent, namespace: gloo-system}, spec: {static: {hosts: `+c.hosts+`}}}`).AsUpstream()
		if port, off := OffPort(u, pol); off != c.off || off && !port.Exists() {
			t.Errorf("%s: got %v", c.hosts, off)
		}
	}
}
