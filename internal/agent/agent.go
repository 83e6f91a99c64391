// Package agent builds the otel-agent, the OpenTelemetry Collector that runs
// beside Envoy in each gateway-proxy pod: it takes spans at once, over loopback,
// and keeps them while the collector is away.
package agent

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
)

// Name is the agent's container.
const Name = "otel-agent"

// Injected is the annotation of a pod that has got the agent; its value is the
// hash of what was injected.
const Injected = "glootrace.dev/injected"

// Port is where the agent takes OTLP over gRPC, on loopback only.
const Port = 4317

// Ports are all that the agent listens on, on loopback only: OTLP and its own metrics.
var Ports = []int{Port, 8888}

// ConfigVariable is the environment variable that holds the agent's configuration.
const ConfigVariable = "OTEL_AGENT_CONFIG"

const extraConfigVariable = "OTEL_AGENT_EXTRA_CONFIG"

//go:embed config.yaml
var config string

// Container is the agent's container as the Policy wants it, and a hash that
// tells two of them apart.
func Container(pol policy.Agent, collectorEndpoint string) (container gloo.Canonical, hash string) {
	last := latest.Load()
	if last == nil || last.endpoint != collectorEndpoint || !reflect.DeepEqual(last.policy, pol) {
		last = build(pol, collectorEndpoint)
		latest.Store(last)
	}
	return last.container, last.hash
}

// built is an agent's container, and what it was built from.
type built struct {
	policy    policy.Agent
	endpoint  string
	container gloo.Canonical
	hash      string
}

// latest is what was built last, nearly always for the next pod too: to build it
// takes longer than all else that is done for a pod.
var latest atomic.Pointer[built]

func build(pol policy.Agent, collectorEndpoint string) *built {
	raw, err := json.Marshal(container(pol, collectorEndpoint))
	if err != nil {
		panic(fmt.Sprintf("a container cannot be written as JSON: %v", err))
	}
	text, err := gloo.AppendJSON(nil, json.RawMessage(raw))
	if err != nil {
		panic(fmt.Sprintf("a container that was written as JSON cannot be read: %v", err))
	}
	sum := sha256.Sum256(raw)
	return &built{pol, collectorEndpoint, text, hex.EncodeToString(sum[:8])}
}

// container has no probes: an agent that is not well must not take its pod, and
// with it ingress, out of service, nor hold up Envoy's start.
func container(pol policy.Agent, collectorEndpoint string) corev1.Container {
	no, yes := false, true
	c := corev1.Container{
		Name:  Name,
		Image: pol.Image,
		Args:  []string{"--config=env:" + ConfigVariable},
		Env: []corev1.EnvVar{
			fromPod("K8S_NAMESPACE_NAME", "metadata.namespace"),
			fromPod("K8S_NODE_NAME", "spec.nodeName"),
			fromPod("K8S_POD_NAME", "metadata.name"),
			fromPod("K8S_POD_UID", "metadata.uid"),
			{Name: "OTEL_COLLECTOR_ENDPOINT", Value: collectorEndpoint},
			{Name: ConfigVariable, Value: config},
		},
		Resources: pol.Resources,
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: &no,
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			ReadOnlyRootFilesystem:   &yes,
			RunAsNonRoot:             &yes,
			RunAsUser:                pol.RunAsUser,
			RunAsGroup:               pol.RunAsUser,
			SeccompProfile:           &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
	}
	if len(pol.ExtraConfig) > 0 {
		c.Args = append(c.Args, "--config=env:"+extraConfigVariable)
		c.Env = append(c.Env, corev1.EnvVar{Name: extraConfigVariable, Value: extra(pol.ExtraConfig)})
	}
	if pol.Mode == policy.NativeSidecar {
		always := corev1.ContainerRestartPolicyAlways
		c.RestartPolicy = &always
	}
	return c
}

// extra is configuration as JSON, which is YAML. A value that came from a
// Policy file always can be written. Of two dollars in a variable Kubernetes
// leaves one, and it fills in $(NAME): the collector's own dollars are doubled.
func extra(config map[string]any) string {
	raw, err := json.Marshal(config)
	if err != nil {
		panic(fmt.Sprintf("configuration read from JSON cannot be written as JSON: %v", err))
	}
	return strings.ReplaceAll(string(raw), "$", "$$")
}

func fromPod(name, field string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{
		FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: field},
	}}
}
