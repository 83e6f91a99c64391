package integration

import (
	"testing"

	"github.com/glootrace/glootrace/internal/policy"
)

// A Policy says what a container of every proxy's pod is like: what the API server refuses there, no proxy starts with.
func TestPolicyIsHeldToWhatTheAPIServerTakesInPods(t *testing.T) {
	ns := namespace(t)
	kubectl(t, "", "label", "namespace", ns, "glootrace.dev/inject=false")
	for _, resources := range []string{
		"{}",
		"{requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 1, memory: 256Mi}}",
		"{requests: {cpu: -1}}",
		"{limits: {cpu: -1}}",
		"{requests: {memory: 512Mi}, limits: {memory: 256Mi}}",
		"{requests: {foo: 1}, limits: {foo: 1}}",
		"{limits: {ephemeral-storage: 1Gi}}",
		"{limits: {pods: 1}}",
		"{limits: {requests.cpu: 1}}",
		"{limits: {foo.com/x: 1}}",
		"{requests: {foo.com/x: 1}}",
		"{requests: {foo.com/x: 1}, limits: {foo.com/x: 2}}",
		"{requests: {foo.com/x: 1}, limits: {foo.com/x: 1}}",
		"{limits: {foo.com/x: 1500m}}",
		"{limits: {foo.com/x: -1}}",
		"{limits: {foo_bar.com/x: 1}}",
		"{limits: {foo.com/: 1}}",
		"{limits: {foo.com/x/y: 1}}",
		"{limits: {requests.foo.com/x: 1}}",
		"{requests: {kubernetes.io/batch-cpu: 1500m}}",
		"{claims: [{name: gpu}]}",
	} {
		_, mistake := policy.Parse("policy.yaml", []byte("apiVersion: glootrace.dev/v1alpha1\nkind: Policy\nagent: {resources: "+resources+"}\n"))
		_, _, refusal := cluster.Kubectl(t.Context(), pod(ns, "tried", "    resources: "+resources+"\n"), "create", "-f", "-", "--dry-run=server")
		if (mistake == nil) != (refusal == nil) {
			t.Errorf("%s: the Policy says %v, the API server %v", resources, mistake, refusal)
		}
	}
}
