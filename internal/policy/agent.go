package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/glootrace/glootrace/internal/gloo"
)

// Agent says how the otel-agent is injected into gateway-proxy pods.
type Agent struct {
	// Inject puts an agent into each gateway-proxy pod, and points Gateways at it.
	Inject bool `json:"inject"`
	// Image is the agent's image, an OpenTelemetry Collector.
	Image string `json:"image"`
	// Mode is NativeSidecar or OrdinaryContainer.
	Mode AgentMode `json:"mode"`
	// Resources are the agent's requests and limits.
	Resources corev1.ResourceRequirements `json:"resources"`
	// RunAsUser is the user and group that the agent runs as; nil leaves them to
	// the platform, as OpenShift wants it, or to the image.
	RunAsUser *int64 `json:"runAsUser"`
	// UpstreamRef is the Upstream that leads to the agent from within its pod.
	UpstreamRef gloo.Ref `json:"upstreamRef"`
	// ExtraConfig is merged over the agent's configuration.
	ExtraConfig map[string]any `json:"extraConfig"`
	// Overrides are what a pod may override by annotation: "image", "mode".
	Overrides []string `json:"overrides"`
}

// AgentMode says as what kind of container the agent runs.
type AgentMode string

const (
	// NativeSidecar is an init container that stays; it needs kubelets of 1.29 or later.
	NativeSidecar AgentMode = "native"
	// OrdinaryContainer runs beside the others on any kubelet.
	OrdinaryContainer AgentMode = "container"
)

// The annotations by which a pod overrides the Policy, where the Policy lets it.
const (
	OverrideImage = "glootrace.dev/agent-image"
	OverrideMode  = "glootrace.dev/agent-mode"
)

// overrides by the name that Agent.Overrides has for them.
var overrides = map[string]struct {
	annotation string
	apply      func(a *Agent, value string) (ok bool)
}{
	"image": {OverrideImage, func(a *Agent, value string) bool { a.Image = value; return wrongImage(value) == "" }},
	"mode": {OverrideMode, func(a *Agent, value string) bool {
		a.Mode = AgentMode(value)
		return a.Mode == NativeSidecar || a.Mode == OrdinaryContainer
	}},
}

// For is the agent for a pod with the given annotations. refused are the
// annotations that ask for what the Policy does not allow or what makes no
// sense, sorted; they change nothing.
func (a Agent) For(annotations map[string]string) (agent Agent, refused []string) {
	agent = a
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		o := overrides[name]
		value, set := annotations[o.annotation]
		if !set {
			continue
		}
		changed := agent
		if !slices.Contains(a.Overrides, name) || !o.apply(&changed, value) {
			refused = append(refused, o.annotation)
			continue
		}
		agent = changed
	}
	return agent, refused
}

func defaultAgent() Agent {
	return Agent{
		Inject: true,
		Image:  "otel/opentelemetry-collector-contrib:0.153.0",
		Mode:   NativeSidecar,
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m"), corev1.ResourceMemory: resource.MustParse("64Mi")},
			Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("500m"), corev1.ResourceMemory: resource.MustParse("256Mi")},
		},
		RunAsUser:   new(int64(10001)),
		UpstreamRef: gloo.Ref{Namespace: "gloo-system", Name: "opentelemetry-agent"},
	}
}

// maxExtraConfig is less than Linux takes for a variable, 128 KiB with its name.
const maxExtraConfig = 127 << 10

// sections are what the configuration of OpenTelemetry's collector consists of; of any
// other part, or one that is no map, it says so and ends.
var sections = []string{"connectors", "exporters", "extensions", "processors", "receivers", "service"}

// wrong lists what in the agent's part of the Policy makes no sense. What it
// lets pass ends up in pods, where the API server would refuse it.
func (a Agent) wrong(add func(field, format string, args ...any)) {
	if why := wrongImage(a.Image); why != "" {
		add("agent.image", "%s", why)
	}
	if a.Mode != NativeSidecar && a.Mode != OrdinaryContainer {
		add("agent.mode", "%q is neither %s nor %s", a.Mode, NativeSidecar, OrdinaryContainer)
	}
	if why := wrongRef(a.UpstreamRef); why != "" {
		add("agent.upstreamRef", "%s", why)
	}
	wrongResources(a.Resources, add)
	if raw, err := json.Marshal(a.ExtraConfig); err != nil || len(raw) > maxExtraConfig {
		add("agent.extraConfig", "is %d bytes of JSON, and no container starts with a variable of more than %d", len(raw), maxExtraConfig)
	}
	for _, name := range slices.Sorted(maps.Keys(a.ExtraConfig)) {
		section := a.ExtraConfig[name]
		if _, isMap := section.(map[string]any); !slices.Contains(sections, name) {
			add("agent.extraConfig", "%q is no part of a collector's configuration, which has %s", name, strings.Join(sections, ", "))
		} else if !isMap && section != nil {
			add("agent.extraConfig."+name, "expected a map: no collector starts with anything else")
		}
	}
	if u := a.RunAsUser; u != nil && (*u < 1 || *u > math.MaxInt32) {
		add("agent.runAsUser", "%d is outside 1 to %d", *u, math.MaxInt32)
	}
	for i, name := range a.Overrides {
		if _, ok := overrides[name]; !ok {
			add("agent.overrides", "item %d: %q is neither image nor mode", i, name)
		}
	}
}

// badQuantities lists the agent's resources that are no quantities, whose own
// decoder does not say where they are.
func badQuantities(raw []byte) (mistakes []Mistake) {
	root, err := gloo.Parse(raw)
	if err != nil {
		return nil
	}
	for _, list := range []string{"requests", "limits"} {
		root.Child("agent", "resources", list).Fields(func(name string, v gloo.Value) {
			if _, err := resource.ParseQuantity(strings.Trim(v.Raw(), `"`)); err != nil {
				field := "agent.resources." + list + "." + name
				mistakes = append(mistakes, Mistake{field, fmt.Sprintf("%s: %s is no quantity such as 500m or 256Mi", field, v.Raw())})
			}
		})
	}
	return mistakes
}
