// Package policy is the one place where a user says what glootrace does: what
// it injects, and how it takes each rule.
package policy

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// The type of a Policy file.
const (
	APIVersion = "glootrace.dev/v1alpha1"
	Kind       = "Policy"
)

// Inject is the annotation of an object, and the label of a namespace, that
// switches injection off ("false") or on ("true").
const Inject = "glootrace.dev/inject"

// Policy is the content of a Policy file. Default gives what holds for fields
// that the file does not set.
type Policy struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Collector is where gateways send spans.
	Collector Collector `json:"collector"`
	// Gateways says what is injected into the tracing of HTTP listeners.
	Gateways Gateways `json:"gateways"`
	// SpanName says how virtual hosts name their spans.
	SpanName SpanName `json:"spanName"`
	// Agent says how the otel-agent is injected into gateway-proxy pods.
	Agent Agent `json:"agent"`
	// Validation says how rules are taken.
	Validation Validation `json:"validation"`
	// Audit says what becomes of objects that admission missed.
	Audit Audit `json:"audit"`
	// Gloo is the Gloo that runs in the cluster.
	Gloo Gloo `json:"gloo"`
	// Namespaces are those in which glootrace injects; empty means all.
	Namespaces []string `json:"namespaces"`
}

// Collector is where gateways and agents send spans.
type Collector struct {
	// UpstreamRef is the Upstream of the OpenTelemetry collector, OTLP over gRPC.
	UpstreamRef gloo.Ref `json:"upstreamRef"`
	// Endpoint is the collector's host and port for agents, OTLP over gRPC.
	Endpoint string `json:"endpoint"`
}

// Gateways says what is injected into the tracing of HTTP listeners.
type Gateways struct {
	// Inject points each listener without a tracing provider at the collector.
	Inject bool `json:"inject"`
	// ServiceName is the service name of spans; empty leaves Gloo's default, the Gateway's name.
	ServiceName string `json:"serviceName"`
	// Percentages are the sampling percentages, 0 to 100, given to listeners that set none.
	Percentages Percentages `json:"percentages"`
}

// Percentages are sampling percentages from 0 to 100; nil leaves Gloo's default, 100.
type Percentages struct {
	Client  *float64 `json:"client"`
	Random  *float64 `json:"random"`
	Overall *float64 `json:"overall"`
}

// OnlyForced tells whether only requests that ask to be traced are, if any.
func (p Percentages) OnlyForced() bool { return p.Random != nil && *p.Random == 0 }

// Validation says how rules are taken.
type Validation struct {
	// Mode is Enforce or Warn.
	Mode Mode `json:"mode"`
	// Rules sets single rules, by code, to something other than their default.
	Rules map[string]Action `json:"rules"`
}

// Mode says what the webhook does with errors.
type Mode string

const (
	// Enforce refuses an object with an error.
	Enforce Mode = "enforce"
	// Warn admits every object and only warns.
	Warn Mode = "warn"
)

// Action is how one rule is taken.
type Action string

// A rule's findings are errors, warnings, or not made at all.
const (
	Deny    Action = "deny"
	AsWarn  Action = "warn"
	Ignored Action = "off"
)

// UnmarshalJSON reads an action. YAML takes an unquoted off for false.
func (a *Action) UnmarshalJSON(raw []byte) error {
	if string(raw) == "false" {
		*a = Ignored
		return nil
	}
	return json.Unmarshal(raw, (*string)(a))
}

// Audit says what becomes of objects that admission missed: written before the
// webhook was there, or while it did not answer.
type Audit struct {
	// Mode is AuditReport, AuditRepair or AuditOff.
	Mode AuditMode `json:"mode"`
}

// AuditMode says what becomes of objects that admission missed.
type AuditMode string

const (
	// AuditReport counts them and tells of each once, by an event.
	AuditReport AuditMode = "report"
	// AuditRepair adds what is missing too. Proxies' pods are only reported: to
	// mend one it has to be started again, which is for people to decide.
	AuditRepair AuditMode = "repair"
	// AuditOff does not look for them.
	AuditOff AuditMode = "off"
)

// UnmarshalJSON reads a mode. YAML takes an unquoted off for false.
func (m *AuditMode) UnmarshalJSON(raw []byte) error {
	if string(raw) == "false" {
		*m = AuditOff
		return nil
	}
	return json.Unmarshal(raw, (*string)(m))
}

// Gloo is the Gloo that runs in the cluster.
type Gloo struct {
	// Version is Gloo's version, such as 1.18.3; empty means the newest.
	Version string `json:"version"`

	parsed gloo.Version
}

// Default is the Policy of someone who has written none: inject everything,
// every rule at its default.
func Default() Policy {
	return Policy{
		APIVersion: APIVersion,
		Kind:       Kind,
		Collector: Collector{
			UpstreamRef: gloo.Ref{Namespace: "gloo-system", Name: "opentelemetry-collector"},
			Endpoint:    "otel-collector.gloo-system:4317",
		},
		Gateways:   Gateways{Inject: true},
		SpanName:   SpanName{Inject: true, Strategy: ByTemplate, Template: `{{header("Host")}}`, ExistingTransforms: Auto},
		Agent:      defaultAgent(),
		Validation: Validation{Mode: Enforce},
		Audit:      Audit{Mode: AuditReport},
	}
}

// GlooVersion is the version of Gloo that the Policy names.
func (p Policy) GlooVersion() gloo.Version { return p.Gloo.parsed }

// Injects tells whether something that the Policy wants for all is injected
// into an object: the object's own annotation counts most, then its namespace's
// label, then the Policy with its list of namespaces.
func (p Policy) Injects(annotations, namespaceLabels map[string]string, namespace string, wanted bool) bool {
	if on, by := switched(annotations, namespaceLabels); by != "" {
		return on
	}
	return wanted && (len(p.Namespaces) == 0 || slices.Contains(p.Namespaces, namespace))
}

// Switch is where somebody switches injection on or off.
type Switch string

// The switches; the former counts more.
const (
	Annotated Switch = "annotation" // of the object
	Labelled  Switch = "label"      // of its namespace
)

// OffBy is the switch that keeps injection from an object, empty if none does.
func OffBy(annotations, namespaceLabels map[string]string) Switch {
	if on, by := switched(annotations, namespaceLabels); !on {
		return by
	}
	return ""
}

// switched tells what was said of an object, and by which switch; empty if by none.
func switched(annotations, namespaceLabels map[string]string) (on bool, by Switch) {
	if on, err := strconv.ParseBool(annotations[Inject]); err == nil {
		return on, Annotated
	}
	if on, err := strconv.ParseBool(namespaceLabels[Inject]); err == nil {
		return on, Labelled
	}
	return false, ""
}

// Misspelt is what a namespace's label says instead of on or off, if it was to
// decide on an object; empty if it is no such word.
func Misspelt(annotations, namespaceLabels map[string]string) string {
	if _, by := switched(annotations, namespaceLabels); by != "" {
		return ""
	}
	return namespaceLabels[Inject]
}

// Collectors are the Upstreams that the Policy vouches for as collectors of
// OTLP, the one to prefer first: spans go through the agent where there is one.
func (p Policy) Collectors() []gloo.Ref {
	if p.Agent.Inject {
		return []gloo.Ref{p.Agent.UpstreamRef, p.Collector.UpstreamRef}
	}
	return []gloo.Ref{p.Collector.UpstreamRef}
}

// Judge gives findings the severity that the Policy wants and drops those of
// rules that it switches off.
func (p Policy) Judge(found []finding.Finding) []finding.Finding {
	judged := found[:0:0]
	for _, f := range found {
		switch p.Validation.Rules[f.Code] {
		case Ignored:
			continue
		case Deny:
			f.Severity = finding.Error
		case AsWarn:
			f.Severity = finding.Warning
		}
		judged = append(judged, f)
	}
	return judged
}
