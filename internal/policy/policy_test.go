package policy_test

import (
	"os"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/policy"
)

const head = "apiVersion: glootrace.dev/v1alpha1\nkind: Policy\n"

func TestWhatIsNotSetHasItsDefault(t *testing.T) {
	p, err := policy.Parse("policy.yaml", []byte(head+"gateways:\n  serviceName: edge\ngloo:\n  version: v1.17.3\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !p.Gateways.Inject || p.Gateways.ServiceName != "edge" || p.SpanName != policy.Default().SpanName {
		t.Errorf("got %+v", p)
	}
	if p.GlooVersion().HasSpanTransformer() {
		t.Error("1.17.3 has no spanTransformer")
	}
}

func TestMistakesAreNamedWithLineAndFix(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"unknown field", "spanName:\n  templte: x\n", "policy.yaml:4: unknown field spanName.templte; did you mean template?"},
		{"unknown field, nothing near", "observability: true\n", "policy.yaml:3: unknown field observability"},
		{"wrong type", "gateways:\n  inject: maybe\n", "policy.yaml:4: gateways.inject: expected true or false, got a string"},
		{"no Policy", "kind: Gateway\n", `policy.yaml:3: `},
		{"percentage", "gateways:\n  percentages:\n    random: 101\n", "policy.yaml:5: gateways.percentages.random: 101 is outside 0 to 100"},
		{"percentage of nothing", "gateways:\n  percentages:\n    overall: 0\n", "policy.yaml:5: gateways.percentages.overall: 0 traces nothing"},
		{"percentages of nothing", "gateways:\n  percentages:\n    random: 0\n    client: 0\n", "policy.yaml:5: gateways.percentages.random: 0, with 0 for client too, traces nothing"},
		{"no namespace", "namespaces: [null]\n", `policy.yaml:3: namespaces: item 0: "" is no name of a namespace`},
		{"no name of a namespace", "namespaces: [edge, Foo_bar]\n", `policy.yaml:3: namespaces: item 1: "Foo_bar" is no name of a namespace, which has a-z, 0-9 and - only`},
		{"no name of an Upstream", "agent: {upstreamRef: {name: a b}}\n", `policy.yaml:3: agent.upstreamRef: "a b" is no name of an object`},
		{"no namespace of an Upstream", "collector: {upstreamRef: {namespace: a.b}}\n", `policy.yaml:3: collector.upstreamRef: "a.b" is no name of a namespace`},
		{"endpoint of nothing", "collector: {endpoint: ''}\n", "policy.yaml:3: collector.endpoint: is empty: agents would send spans nowhere"},
		{"endpoint without a port", "collector: {endpoint: otel}\n", `policy.yaml:3: collector.endpoint: "otel" is not host:port, such as otel-collector.gloo-system:4317`},
		{"endpoint with a scheme", "collector: {endpoint: 'http://otel:4317'}\n", `policy.yaml:3: collector.endpoint: "http://otel:4317" begins with http://, which agents do not take: write otel:4317`},
		{"endpoint with a space", "collector: {endpoint: 'a b:1'}\n", `policy.yaml:3: collector.endpoint: "a b:1" is not host:port`},
		{"endpoint with too high a port", "collector: {endpoint: 'a:65536'}\n", `policy.yaml:3: collector.endpoint: "a:65536" is not host:port`},
		{"endpoint without a host", "collector: {endpoint: ':4317'}\n", `policy.yaml:3: collector.endpoint: ":4317" is not host:port`},
		{"endpoint longer than a name", "collector: {endpoint: '" + strings.Repeat("a", 254) + ":65535'}\n", `:65535" is not host:port`},
		{"image of nothing", "agent: {image: ''}\n", "policy.yaml:3: agent.image: is empty"},
		{"image of a space", "agent: {image: ' '}\n", `policy.yaml:3: agent.image: " " is no image such as otel/opentelemetry-collector-contrib:0.153.0 (invalid reference format)`},
		{"image with a space", "agent: {image: foo bar}\n", `policy.yaml:3: agent.image: "foo bar" is no image`},
		{"image with a capital", "agent: {image: Collector}\n", `policy.yaml:3: agent.image: "Collector" is no image such as otel/opentelemetry-collector-contrib:0.153.0 (invalid reference format: repository name (library/Collector) must be lowercase)`},
		{"image that is a URL", "agent: {image: 'https://ghcr.io/a/b'}\n", `policy.yaml:3: agent.image: "https://ghcr.io/a/b" is no image`},
		{"no such rule", "validation:\n  rules:\n    GT999: deny\n", "policy.yaml:5: validation.rules.GT999: there is no such rule"},
		{"no such action", "validation:\n  rules:\n    GT101: refuse\n", `policy.yaml:5: validation.rules.GT101: "refuse" is none of deny, warn and off`},
		{"no such mode", "validation:\n  mode: strict\n", `policy.yaml:4: validation.mode: "strict" is neither enforce nor warn`},
		{"no such audit", "audit:\n  mode: mend\n", `policy.yaml:4: audit.mode: "mend" is none of report, repair and off`},
		{"template of spaces", "spanName:\n  template: '{{\" \"}}'\n", "policy.yaml:4: spanName.template: is empty"},
		{"bad template", "spanName:\n  template: '{{heder(\"Host\")}}'\n", "policy.yaml:4: spanName.template: line 1, column 3 of the template: no function heder; did you mean header?; Envoy would refuse each listener"},
		{"template of nothing", "spanName:\n  template: 'a {{}}'\n", "policy.yaml:4: spanName.template: line 1, column 3 of the template: an expression without a value; every request would be answered 400"},
		{"template from a file", "spanName:\n  template: '{% include \"x\" %}'\n", `policy.yaml:4: spanName.template: reads the file "x"`},
		{"template of the body", "spanName:\n  template: '{{ body() }}'\n", "policy.yaml:4: spanName.template: reads the body"},
		{"template of an extraction", "spanName:\n  template: '{{ extraction(\"x\") }}'\n", "policy.yaml:4: spanName.template: asks for an extraction"},
		{"template of a variable", "spanName:\n  template: '{{ host }}'\n", "policy.yaml:4: spanName.template: nothing defines host: every request would be answered 400"},
		{"empty template", "spanName:\n  template: ' '\n", "policy.yaml:4: spanName.template: is empty"},
		{"template of one notation", "spanName:\n  template: '{{ default(a~0, 1) }}'\n", "policy.yaml:4: spanName.template: line 1, column 13 of the template: "},
		{"no such strategy", "spanName:\n  strategy: path\n", `policy.yaml:4: spanName.strategy: "path" is neither template nor route`},
		{"no such way with lists", "spanName:\n  existingTransforms: never\n", `policy.yaml:4: spanName.existingTransforms: "never" is none of auto, patch and warn`},
		{"half a reference", "collector:\n  upstreamRef:\n    namespace: ''\n", "policy.yaml:4: collector.upstreamRef: namespace and name are both needed"},
		{"version", "gloo:\n  version: latest\n", `policy.yaml:4: gloo.version: "latest" is not a version of Gloo`},
		{"request above limit", "agent:\n  resources:\n    requests: {memory: 1Gi}\n", "policy.yaml:5: agent.resources.requests.memory: 1Gi is more than the limit, 256Mi"},
		{"less than nothing", "agent:\n  resources:\n    requests: {cpu: -1}\n", "policy.yaml:5: agent.resources.requests.cpu: -1 is less than 0"},
		{"resource without a domain", "agent:\n  resources:\n    limits: {foo: 1}\n", "policy.yaml:5: agent.resources.limits.foo: the agent takes cpu, memory, ephemeral-storage, or a resource of a domain"},
		{"huge pages", "agent:\n  resources:\n    limits: {hugepages-2Mi: 2Mi}\n", "policy.yaml:5: agent.resources.limits.hugepages-2Mi: the agent takes cpu"},
		{"resource of a quota", "agent:\n  resources:\n    limits: {requests.foo.com/x: 1}\n", "policy.yaml:5: agent.resources.limits.requests.foo.com/x: the agent takes cpu"},
		{"device without a limit", "agent:\n  resources:\n    requests: {foo.com/x: 1}\n", "policy.yaml:5: agent.resources.requests.foo.com/x: such a resource is had whole or not at all: set limits.foo.com/x to 1 too"},
		{"part of a device", "agent:\n  resources:\n    limits: {foo.com/x: 500m}\n", "policy.yaml:5: agent.resources.limits.foo.com/x: 500m is no whole number"},
		{"memory of thousandths", "agent:\n  resources:\n    requests: {memory: 0}\n    limits: {memory: 256m}\n", "policy.yaml:6: agent.resources.limits.memory: no collector starts in 256m"},
		{"claims", "agent:\n  resources:\n    claims: [{name: gpu}]\n", "policy.yaml:5: agent.resources.claims: they are names of a pod's resourceClaims"},
		{"configuration without an end", "agent:\n  extraConfig: {service: {a: '" + strings.Repeat("a", 131_000) + "'}}\n", "policy.yaml:4: agent.extraConfig: is 131020 bytes of JSON, and no container starts"},
		{"section of a configuration that is no map", "agent:\n  extraConfig:\n    receivers: 5\n", "policy.yaml:5: agent.extraConfig.receivers: expected a map"},
		{"no section of a configuration", "agent:\n  extraConfig: {recievers: {}}\n", `policy.yaml:4: agent.extraConfig: "recievers" is no part of a collector's configuration`},
		{"no quantity", "agent:\n  resources:\n    limits: {cpu: 1, memory: lots}\n", `policy.yaml:5: agent.resources.limits.memory: "lots" is no quantity such as 500m or 256Mi`},
		{"a root agent", "agent: {runAsUser: 0}\n", "policy.yaml:3: agent.runAsUser: 0 is outside 1 to 2147483647"},
		{"list for a map", "agent: []\n", "policy.yaml:3: agent: expected a map, got a list"},
		{"no such mode of the agent", "agent: {mode: daemon}\n", `policy.yaml:3: agent.mode: "daemon" is neither native nor container`},
		{"no such override", "agent: {overrides: [args]}\n", `policy.yaml:3: agent.overrides: item 0: "args" is neither image nor mode`},
		{"number for a string", "gloo:\n  version: 1.18\n", "policy.yaml:4: gloo.version: expected a string (in quotes, if YAML would take it for something else), got a number"},
		{"too old", "gloo:\n  version: 1.12.9\n", "policy.yaml:4: gloo.version: Gloo 1.12.9 has no OpenTelemetry tracing"},
		{"bad YAML", "a: [\n", "policy.yaml:"},
		{"two documents", "---\n" + head, "expected one Policy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := policy.Parse("policy.yaml", []byte(head+c.yaml))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want %q", err, c.want)
			}
		})
	}
}

func TestOnlyRequestsThatAskMayBeTraced(t *testing.T) {
	for _, percentages := range []string{"{random: 0}", "{random: 0, client: 100}", "{random: 0, client: 5, overall: 50}", "{client: 0}"} {
		if _, err := policy.Parse("policy.yaml", []byte(head+"gateways: {percentages: "+percentages+"}")); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatAPodCanHaveIsGood(t *testing.T) {
	for _, yaml := range []string{
		"agent: {image: localhost:5000/a/b__c}\n",
		"agent: {image: 'ghcr.io/a/b:v1@sha256:" + strings.Repeat("0a", 32) + "'}\n",
		"agent: {resources: {requests: {ephemeral-storage: 1Gi}}}\n",
		"agent: {resources: {limits: {foo.com/x: 2}}}\n",
		"agent: {resources: {requests: {foo.com/x: 2}, limits: {foo.com/x: 2}}}\n",
		"agent: {resources: {requests: {kubernetes.io/batch-cpu: 500}}}\n",
		"agent: {resources: {requests: {memory: 0}, limits: {memory: 0}}}\n",
		"collector: {endpoint: 'Otel_1.example.com.:65535', upstreamRef: {name: a.b-c}}\n",
		"collector: {endpoint: '[fd00::1]:4317'}\n",
		"collector: {endpoint: '10.0.0.1:1'}\n",
		"namespaces: [edge, '1']\n",
	} {
		if _, err := policy.Parse("policy.yaml", []byte(head+yaml)); err != nil {
			t.Errorf("%s: %v", yaml, err)
		}
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	for _, yaml := range []string{
		"gloo: {verson: 1}\nvalidation: {mode: x}\nspanName: {template: ''}\n",
		"gloo: {version: 1}\nvalidation: []\nspanName: {template: ''}\n", // of types too
		"agent: {image: [], overrides: [1, {}]}\nnamespaces: no\n",
	} {
		_, err := policy.Parse("policy.yaml", []byte(head+yaml))
		if n := strings.Count(err.Error(), "policy.yaml:"); n != 3 {
			t.Errorf("%d mistakes named, want 3: %v", n, err)
		}
	}
}

func TestWhoDecidesOnInjection(t *testing.T) {
	for _, c := range []struct {
		name, object, namespace string
		off                     bool // the policy injects nothing of this kind
		namespaces              []string
		want                    bool
	}{
		{name: "nobody says anything", want: true},
		{name: "the object says no", object: "false", want: false},
		{name: "the namespace says no", namespace: "false", want: false},
		{name: "the object says yes, its namespace no", object: "true", namespace: "false", want: true},
		{name: "the policy leaves the namespace out", namespaces: []string{"other"}, want: false},
		{name: "the policy takes the namespace in", namespaces: []string{"other", "edge"}, want: true},
		{name: "the namespace says yes, the policy leaves it out", namespace: "true", namespaces: []string{"other"}, want: true},
		{name: "the policy says no", off: true, want: false},
		{name: "the policy says no, the namespace yes", off: true, namespace: "true", want: true},
		{name: "the policy and the namespace say no, the object yes", off: true, namespace: "false", object: "true", want: true},
		{name: "the policy says no for all and takes the namespace in", off: true, namespaces: []string{"edge"}, want: false},
		{name: "the object says no, as Python would", object: "False", want: false},
		{name: "the object says neither yes nor no", object: "maybe", namespace: "false", want: false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := policy.Default()
			p.Namespaces = c.namespaces
			got := p.Injects(map[string]string{policy.Inject: c.object}, map[string]string{policy.Inject: c.namespace}, "edge", !c.off)
			if got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestAgentsUserIsLeftToThePlatform(t *testing.T) {
	p, err := policy.Parse("policy.yaml", []byte(head+"agent: {runAsUser: null}\n"))
	if err != nil || p.Agent.RunAsUser != nil || policy.Default().Agent.RunAsUser == nil {
		t.Errorf("got %v, %v", p.Agent.RunAsUser, err)
	}
}

func TestOffNeedsNoQuotes(t *testing.T) {
	p, err := policy.Parse("policy.yaml", []byte(head+"validation: {rules: {GT301: off, GT302: \"off\"}}\n"))
	if err != nil || p.Validation.Rules["GT301"] != policy.Ignored || p.Validation.Rules["GT302"] != policy.Ignored {
		t.Errorf("got %v, %v", p.Validation.Rules, err)
	}
}

func TestJudgeTakesRulesAsThePolicySays(t *testing.T) {
	p := policy.Default()
	p.Validation.Rules = map[string]policy.Action{"GT301": policy.Deny, "GT102": policy.AsWarn, "GT302": policy.Ignored}
	judged := p.Judge([]finding.Finding{
		{Code: "GT301", Severity: finding.Warning}, {Code: "GT102", Severity: finding.Error},
		{Code: "GT302"}, {Code: "GT110"},
	})
	if len(judged) != 3 || judged[0].Severity != finding.Error || judged[1].Severity != finding.Warning || judged[2].Severity != finding.Info {
		t.Errorf("got %+v", judged)
	}
}

func FuzzParse(f *testing.F) {
	page, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		f.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(page), "```yaml\n") // all fields
	shown, _, _ = strings.Cut(shown, "```")
	f.Add([]byte(shown))
	f.Add([]byte(head))
	f.Add([]byte(head + "gateways: {inject: no, percentages: {random: 1e3}}"))
	f.Add([]byte("{\"kind\": 3, \"validation\": []}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if p, err := policy.Parse("policy.yaml", src); err == nil && p.Kind != policy.Kind {
			t.Errorf("accepted a %q", p.Kind)
		}
	})
}

func TestPodOverridesOnlyWhatThePolicyAllows(t *testing.T) {
	asks := map[string]string{policy.OverrideImage: "evil", policy.OverrideMode: "container"}
	a := policy.Default().Agent
	got, refused := a.For(asks)
	if got.Image != a.Image || got.Mode != a.Mode || len(refused) != 2 {
		t.Errorf("nothing is allowed: image %s, mode %s, refused %v", got.Image, got.Mode, refused)
	}
	a.Overrides = []string{"mode"}
	got, refused = a.For(asks)
	if got.Image != a.Image || got.Mode != policy.OrdinaryContainer || len(refused) != 1 || refused[0] != policy.OverrideImage {
		t.Errorf("the mode is allowed: image %s, mode %s, refused %v", got.Image, got.Mode, refused)
	}
	a.Overrides = []string{"image"}
	if got, refused = a.For(map[string]string{policy.OverrideImage: "foo bar"}); got.Image != a.Image || len(refused) != 1 {
		t.Errorf("no image: %s, refused %v", got.Image, refused)
	}
	a.Overrides = []string{"mode"}
	if got, refused = a.For(map[string]string{policy.OverrideMode: "daemon"}); got.Mode != a.Mode || len(refused) != 1 {
		t.Errorf("no such mode: %s, refused %v", got.Mode, refused)
	}
}
