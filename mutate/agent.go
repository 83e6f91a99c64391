package mutate

import (
	"fmt"

	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

// injectAgent puts the otel-agent into a proxy's pod, and tells the proxy where
// it is. It says why it does not, where the Policy asks for it.
func injectAgent(p *patch, proxy gloo.Proxy, pol policy.Policy, known refs.Reader) gloo.NoAgent {
	annotations := proxy.Annotations()
	if !known.Injects(pol, annotations, p.object.Namespace, pol.Agent.Inject) {
		return ""
	}
	if reason, _ := agent.Refused(proxy, pol.Agent, known); reason != "" {
		return reason
	}
	settings, _ := pol.Agent.For(annotations)
	list := proxy.Spec.Child("containers")
	if settings.Mode == policy.NativeSidecar {
		list = proxy.Spec.Child("initContainers")
	}
	record := proxy.Metadata.Child("annotations")
	if list.Exists() && !list.IsList() || record.Exists() && !record.IsMap() {
		return "" // no pod that the API server would take
	}
	tellProxy(p, proxy)
	if _, present := proxy.Container(agent.Name); present {
		return ""
	}
	container, hash := agent.Container(settings, pol.Collector.Endpoint)
	p.append(AgentContainer, list, container)
	if _, set := annotations[agent.Injected]; !set {
		p.add(AgentRecord, record.Path.Child(agent.Injected), hash)
	}
	return ""
}

// tellProxy sets the environment variables by which OpenTelemetry's libraries
// find the agent, where the user set none.
func tellProxy(p *patch, proxy gloo.Proxy) {
	envoy, ok := proxy.Envoy()
	if !ok {
		return
	}
	set := map[string]bool{}
	env := envoy.Child("env")
	for _, v := range env.Items() {
		set[v.Child("name").Text()] = true
	}
	var missing []any
	for _, v := range [][2]string{
		{"OTEL_EXPORTER_OTLP_ENDPOINT", fmt.Sprintf("http://127.0.0.1:%d", agent.Port)},
		{"OTEL_SERVICE_NAME", proxy.ID()},
	} {
		if name, value := v[0], v[1]; !set[name] && value != "" {
			missing = append(missing, map[string]any{"name": name, "value": value})
		}
	}
	p.append(AgentAddress, env, missing...)
}
