package agent

import (
	"encoding/json"
	"regexp"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/glootrace/glootrace/internal/policy"
)

// TestAgentIsConfined holds the sidecar to what a namespace with the restricted Pod Security Standard demands, and more:
// it listens on loopback only, mounts nothing, writes nothing, and has limits.
func TestAgentIsConfined(t *testing.T) {
	raw, _ := Container(policy.Default().Agent, "otel-collector:4317")
	var c corev1.Container
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	no, yes, user := false, true, int64(10001)
	want := &corev1.SecurityContext{
		AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes, RunAsNonRoot: &yes, RunAsUser: &user, RunAsGroup: &user,
		Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	if !equality.Semantic.DeepEqual(c.SecurityContext, want) {
		t.Errorf("security context %v, want %v", c.SecurityContext, want)
	}
	if len(c.VolumeMounts)+len(c.VolumeDevices)+len(c.EnvFrom)+len(c.Ports) > 0 {
		t.Errorf("it mounts, reads or opens something: %s", raw)
	}
	for _, e := range c.Env {
		if e.ValueFrom != nil && e.ValueFrom.FieldRef == nil {
			t.Errorf("%s comes from elsewhere than the pod's own fields", e.Name)
		}
	}
	for _, r := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		if q := c.Resources.Limits[r]; q.IsZero() {
			t.Errorf("no limit for %s", r)
		}
	}
	pol := policy.Default().Agent
	pol.RunAsUser, want.RunAsUser, want.RunAsGroup = nil, nil, nil
	if c := container(pol, "otel-collector:4317"); !equality.Semantic.DeepEqual(c.SecurityContext, want) {
		t.Errorf("with a user of the platform's: security context %v, want %v", c.SecurityContext, want)
	}
	listens := regexp.MustCompile(`(?m)^\s*(?:endpoint|host): (.*)$`).FindAllStringSubmatch(config, -1)
	if len(listens) != 3 { // OTLP, its own metrics, and where it sends to
		t.Errorf("addresses %q", listens)
	}
	for _, m := range listens {
		if at := m[1]; at != "127.0.0.1" && at != "127.0.0.1:4317" && at != `"${env:OTEL_COLLECTOR_ENDPOINT}"` {
			t.Errorf("it listens on %s", at)
		}
	}
}

// What the collector reads is what the Policy says: Kubernetes expands the variable before.
func TestDollarsOfTheExtraConfigArriveAsTheyAre(t *testing.T) {
	pol := policy.Default().Agent
	pol.ExtraConfig = map[string]any{"a": "${env:X} $${b} $(K8S_POD_NAME) $"}
	c := container(pol, "otel-collector:4317")
	const want = `{"a":"$${env:X} $$$${b} $$(K8S_POD_NAME) $$"}`
	if got := c.Env[len(c.Env)-1]; got.Name != extraConfigVariable || got.Value != want {
		t.Errorf("got %s=%s, want %s", got.Name, got.Value, want)
	}
}

// Nearly all pods get the same container, and to build it takes longer than all else that is done for one.
func TestContainerIsBuiltOnceForAPolicy(t *testing.T) {
	pol := policy.Default().Agent
	first, hash := Container(pol, "a:4317")
	if n := testing.AllocsPerRun(10, func() { Container(pol, "a:4317") }); n > 10 {
		t.Errorf("%v allocations for the second pod", n)
	}
	user := int64(7)
	for name, change := range map[string]func(*policy.Agent){
		"image":       func(a *policy.Agent) { a.Image = "other" },
		"user":        func(a *policy.Agent) { a.RunAsUser = &user },
		"extraConfig": func(a *policy.Agent) { a.ExtraConfig = map[string]any{"a": "b"} },
		"mode":        func(a *policy.Agent) { a.Mode = policy.OrdinaryContainer },
	} {
		other := pol
		change(&other)
		if second, _ := Container(other, "a:4317"); string(second) == string(first) {
			t.Errorf("another %s makes no difference", name)
		}
	}
	if again, same := Container(pol, "a:4317"); string(again) != string(first) || same != hash {
		t.Errorf("not the same again: %s", again)
	}
	if second, _ := Container(pol, "b:4317"); string(second) == string(first) {
		t.Error("another endpoint makes no difference")
	}
}
