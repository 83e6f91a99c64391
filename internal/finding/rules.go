package finding

// Rule is one entry of the catalogue. What, Effect and Fix may hold placeholders
// in braces that the check fills in.
type Rule struct {
	// Code is stable. Entries that share a code are one rule's cases.
	Code string
	// Severity is the default; a Policy can change it.
	Severity Severity
	// What is wrong.
	What string
	// Effect is what Gloo or Envoy does with it.
	Effect string
	// Fix is what to do about it.
	Fix string
}

// The rules. Where a rule's effect was seen is said above it: "translator" and
// "webhook" are Gloo's (sources of August 2026), "Envoy" is 1.40's validation of
// what the translator emits.
var (
	// WrongType: solo-kit's kube.ResourceClient.List gives up on the first object it cannot convert.
	WrongType = Rule{"GT001", Error, "{is} where Gloo's API has {want}",
		"Gloo cannot read the object, and applies no change to any object of this kind until it is mended",
		"write {want} here"}
	Unquoted = Rule{"GT001", Error, "{is} where Gloo's API has a string",
		"Gloo cannot read the object, and applies no change to any object of this kind until it is mended",
		"put it in quotes: YAML takes bare digits for a number, and a bare true, yes, no, on, off, y or n for true or false"}
	// WrongMetadata: the API server and kubectl, "cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string".
	WrongMetadata = Rule{"GT001", Error, "{is} where Kubernetes has {want}",
		"the API server refuses the object", "{fix}"}
	// UnknownField: seen with Gloo's full-schema CRDs, which prune.
	UnknownField = Rule{"GT002", Warning, "{field} is no field of Gloo's API",
		"the API server or Gloo drops it without a word", "{suggestion}"}

	// UnknownWord: the object's own annotations.
	UnknownWord = Rule{"GT003", Warning, "{value} says nothing to glootrace",
		"it is ignored", "{fix}"}
	UnknownKey = Rule{"GT003", Warning, "{key} is no {kind} that glootrace knows",
		"it is ignored", "{fix}"}
	NamespaceWord = Rule{"GT003", Warning, "the label {key} of namespace {namespace} is {value}, which says nothing to glootrace",
		"it is ignored, and something is added to this object", "kubectl label --overwrite namespace {namespace} {key}=false, or =true"}
	Misplaced = Rule{"GT003", Warning, "{key} as {kind}",
		"glootrace reads {where} here, and ignores it", "{fix}"}

	OnWorkload = Rule{"GT003", Warning, "{key} on the {kind}, and not on its pods",
		"glootrace inject takes it for the pods; the webhook, which sees these alone, does not",
		"write it in spec.template.metadata.annotations"}
	// NoSuchKind and NoSuchVersion: the API server, "no matches for kind".
	NoSuchKind = Rule{"GT005", Warning, "{group} has no kind {kind}",
		"the API server refuses the object, and nothing here looks at it", "did you mean {meant}?"}
	NoSuchVersion = Rule{"GT005", Warning, "there is no {kind} in {version}",
		"the API server refuses the object, and nothing here looks at it", "apiVersion: {meant}"}

	// BadPolicy: policy.Decode, by which the webhook reads its file.
	BadPolicy = Rule{"GT006", Error, "{mistake}",
		"the webhook does not start with this Policy, and a running one keeps the Policy before it",
		"https://github.com/glootrace/glootrace/blob/main/docs/policy.md has all fields"}

	// NotRecorded: what mutation does not add, as it could not be taken out again. The size is the API server's limit.
	NotRecorded = Rule{"GT007", Warning, "additions can not be recorded: {reason}",
		"nothing is added to this object", "{fix}"}

	// TooMuchKnown: an admission reads no more than that.
	TooMuchKnown = Rule{"GT008", Warning, "what holds for it is in more than 2 MiB of other objects, or they could not be read in time",
		"{effect}", "have it selected by, and refer to, fewer or smaller objects"}

	// ManyProviders: translator; the oneof's last field wins.
	ManyProviders = Rule{"GT101", Warning, "more than one tracing provider",
		"Gloo uses {winner} only, whatever the order in which they are written",
		"remove {losers}"}
	// OpenCensus: translator, "Unsupported Tracing.ProviderConfiguration".
	OpenCensus = Rule{"GT102", Error, "openCensusConfig is in Gloo's API but not supported",
		"Gloo refuses this listener and keeps serving the one before",
		"use openTelemetryConfig"}
	// NoCollector: translator, "Unsupported Tracing.ProviderConfiguration: <nil>".
	NoCollector = Rule{"GT103", Error, "no collector",
		"Gloo refuses this listener and keeps serving the one before",
		"collectorUpstreamRef: {ref}"}
	// NoZipkinCluster and the next three: Envoy rejects the listener.
	NoZipkinCluster = Rule{"GT103", Error, "no collector",
		"Envoy refuses the whole listener, and Gloo does not notice",
		"collectorUpstreamRef: with namespace and name of Zipkin's Upstream"}
	NoZipkinEndpoint = Rule{"GT103", Error, "no collectorEndpoint",
		"Envoy refuses the whole listener, and Gloo does not notice",
		"collectorEndpoint: /api/v2/spans"}
	NoDatadogService = Rule{"GT103", Error, "no serviceName",
		"Envoy refuses the whole listener, and Gloo does not notice",
		"serviceName: the name that the gateway should have in Datadog"}
	EmptyCluster = Rule{"GT103", Error, "an empty clusterName",
		"Envoy refuses the whole listener, and Gloo does not notice",
		"remove clusterName and set collectorUpstreamRef"}
	// RefIgnored: translator; clusterName and collectorUpstreamRef are one oneof.
	RefIgnored = Rule{"GT104", Warning, "collectorUpstreamRef beside clusterName",
		"Gloo uses clusterName {cluster} and ignores the Upstream",
		"remove one of them"}
	// MissingCollector: translator, "*v1.Upstream { … } not found".
	MissingCollector = Rule{"GT105", Warning, "Upstream {ref} does not exist",
		"{effect}", "create Upstream {ref}, or refer to one that exists"}
	UnknownCollector = Rule{"GT105", Info, "Upstream {ref} is not among the files",
		"it may be in the cluster; without it Gloo does not trace at this listener",
		"give its file too, or --complete if the files are the whole configuration"}
	UnreadCollector = Rule{"GT105", Warning, "Upstream {ref} could not be read",
		"it may not exist, and then {effect}", "see whether the API server answers glootrace"}
	IncompleteRef = Rule{"GT105", Error, "collectorUpstreamRef without {field}",
		"no Upstream is ever found under it: Gloo fills in no default; {effect}",
		"write both: collectorUpstreamRef: {namespace: …, name: …}"}
	// NoHTTP2: measured with Envoy and a collector; the exporter is gRPC only.
	NoHTTP2 = Rule{"GT106", Warning, "collector Upstream {ref} without useHttp2",
		"Gloo exports OTLP over gRPC only, which needs HTTP/2: all spans are lost in silence",
		"spec.useHttp2: true in Upstream {ref}"}
	NoHTTP2Service = Rule{"GT106", Warning, "collector Upstream {ref} without useHttp2",
		"Gloo exports OTLP over gRPC only, which needs HTTP/2: all spans are lost in silence",
		"spec.useHttp2: true in Upstream {ref}, or mark the Service's port: appProtocol: kubernetes.io/h2c"}
	HTTP2Off = Rule{"GT106", Error, "collector Upstream {ref} has useHttp2: false",
		"Gloo exports OTLP over gRPC only, which needs HTTP/2: all spans are lost in silence",
		"spec.useHttp2: true in Upstream {ref}"}
	// WrongPort: measured; the collector answers 404 or resets the connection.
	WrongPort = Rule{"GT107", Warning, "collector Upstream {ref} goes to port {port}, where {server} listens by default",
		"Gloo exports OTLP over gRPC, which is not spoken there: all spans are lost in silence",
		"use the collector's OTLP/gRPC port, 4317"}
	// NotAgentsPort: measured; a connection to a port on which nobody listens is refused.
	NotAgentsPort = Rule{"GT107", Warning, "Upstream {ref} goes to port {port} of the proxy's own pod, where the otel-agent listens on {agent}",
		"nobody takes OTLP on that port: all spans are lost in silence",
		"port: {agent} in Upstream {ref}"}
	// PercentRefused: Envoy, listener validation.
	PercentRefused = Rule{"GT108", Error, "{field} is {value}, outside 0 to 100",
		"Envoy refuses the whole listener, and Gloo does not notice",
		"a number from 0 to 100"}
	// PercentWraps: translator, uint32(percent × 10000) per million.
	PercentWraps = Rule{"GT108", Error, "{field} is {value}, outside 0 to 100",
		"the number wraps around: the route samples anything between never and always",
		"a number from 0 to 100"}
	// EmptyTag: Envoy, listener validation.
	EmptyTag = Rule{"GT109", Error, "a custom tag with an empty {part}",
		"Envoy refuses the whole listener, and Gloo does not notice",
		"give the tag its {part}, or remove it"}
	BadTagKey = Rule{"GT109", Error, "a custom tag's metadata key {key} has an empty part",
		"Envoy refuses the whole listener, and Gloo does not notice",
		"write the key without doubled, leading or trailing dots"}
	RepeatedTag = Rule{"GT109", Warning, "tag {tag} is set more than once",
		"Envoy keeps one of them",
		"remove all but one"}
	// UncheckedCluster: nothing in Gloo's API vouches for an Envoy cluster's name.
	UncheckedCluster = Rule{"GT110", Info, "clusterName {cluster} cannot be checked",
		"no object says that Envoy has this cluster; without it spans are lost in silence",
		"collectorUpstreamRef names an Upstream, which can be checked"}
	// SampleNone: Envoy, how it decides on tracing.
	SampleNone = Rule{"GT111", Warning, "{field} is 0",
		"{effect}", "a number above 0, or remove the field for 100"}
	// NoProvider: translator; a block without provider emits no tracer.
	NoProvider = Rule{"GT112", Warning, "a tracing block without a provider",
		"Gloo performs no tracing at this listener, and injection is off for this object",
		"openTelemetryConfig: {collectorUpstreamRef: {ref}}"}
	// ShortHost: DNS search domains of a pod start with its own namespace.
	ShortHost = Rule{"GT113", Warning, "collector Upstream {ref} has the short host name {host}",
		"{proxies} run in another namespace, where it does not resolve: all spans are lost in silence",
		"write the full name: {host}.{namespace}.svc.cluster.local"}
	// ProvidersClash: Gloo's control plane, "reflect: Field index out of range".
	ProvidersClash = Rule{"GT114", Error, "{mine} here, and {theirs} in {other}",
		"the settings of delegatedHttpGateways are merged into each MatchableHttpGateway that they select, and with different providers Gloo's control plane panics or mixes their fields",
		"use the same provider in both, or none in one"}
	// ChildProviderWins: as ProvidersClash, where the merge happens to work.
	ChildProviderWins = Rule{"GT114", Warning, "{mine} here, and {theirs} in {other}",
		"the settings of delegatedHttpGateways are merged into each MatchableHttpGateway that they select; the child's provider counts",
		"use the same provider in both, or none in one"}
	// NotPointed: what mutation left alone, because it would have broken something.
	NotPointed = Rule{"GT115", Warning, "not pointed at the Policy's collector, Upstream {ref}",
		"this listener stays without tracing, because {reason}",
		"{fix}, then apply this object again"}

	// ProxyWithoutAgent: the agent is injected when a pod is created.
	ProxyWithoutAgent = Rule{"GT116", Warning, "pointed at the otel-agent, which is missing in {pods}",
		"the spans of a proxy without it are lost until it is started anew",
		"kubectl rollout restart -n {namespace} the proxy's Deployment or DaemonSet"}

	// AgentsPort: agent.Ports; Linux gives no port on all addresses that is taken on one.
	AgentsPort = Rule{"GT117", Warning, "bindPort {port} is the otel-agent's, which runs in {pods}",
		"Envoy cannot listen on it there: this Gateway takes no requests",
		"another bindPort than 4317 and 8888; or start these pods anew, which then get no agent"}

	// NoSpanNames: spanTransformer is unknown to Gloo before 1.17.15.
	NoSpanNames = Rule{"GT212", Warning, "no span name",
		"Gloo {version} does not know spanTransformer, so spans keep the name that Envoy gives them",
		"upgrade Gloo to 1.18 or later, or set the Policy's spanName.inject: false"}

	// NotNamed: what mutation left alone, because it would have changed what becomes of a request.
	NotNamed = Rule{"GT218", Warning, "no span name added",
		"{reason}, so these spans keep the name that Envoy gives them", "{fix}"}

	// OptionsNotGiven: on files.
	OptionsNotGiven = Rule{"GT218", Info, "no span name added here",
		"{ref} is not among the files, and an inline block would hide transformations in it",
		"give its file too, or --complete if the files are the whole configuration"}

	// NotByRoute: a template can not tell routes apart, and only the first entry that matches runs.
	NotByRoute = Rule{"GT218", Warning, "no span name by route: requests of {routes} may run this entry",
		"their spans have the name of the Policy's spanName.template", "an entry with a matcher for each of them before this one"}

	// NotByMatcher: solo_matcher.cc of envoy-gloo, which knows less of matchers than Envoy's routes do.
	NotByMatcher = Rule{"GT218", Warning, "no span name by route: {reason}",
		"spans of {routes} have the name of the Policy's spanName.template", "{fix}"}

	// NotInList: Argo CD's diff of custom resources, a three-way merge that takes lists as wholes.
	NotInList = Rule{"GT218", Warning, "no span name in this list: {reason}",
		"its spans keep the name that Envoy gives them", "have glootrace inject write it into git, with spanName.existingTransforms: patch in its Policy, or {where}: {snippet}"}

	// RouteSamplesAll: translator; any tracing block on a route emits all three percentages.
	RouteSamplesAll = Rule{"GT301", Warning, "no random and no overall percentage in tracePercentages",
		"this route samples 100 %, whatever its gateway samples",
		"tracePercentages: {randomSamplePercentage: …}"}
	// PropagateIgnored: translator.
	PropagateIgnored = Rule{"GT302", Info, "propagate without routeDescriptor",
		"Gloo ignores it", "add routeDescriptor, or remove propagate"}
	// DescriptorPropagates: measured with Envoy, header x-envoy-decorator-operation.
	DescriptorPropagates = Rule{"GT302", Info, "routeDescriptor without propagate: false",
		"Envoy sends its text to clients in the response header x-envoy-decorator-operation",
		"propagate: false"}
	// LiteralDescriptor: measured with Envoy; decorator.operation is literal.
	LiteralDescriptor = Rule{"GT303", Warning, "routeDescriptor with template braces",
		"it is literal text: every span of this route is called {text}",
		"write plain text, or name the span with a transformation's spanTransformer"}

	// CollectorDeleted: translator, as GT105.
	CollectorDeleted = Rule{"GT401", Error, "in use as tracing collector by {users}",
		"{effect}", "point those listeners elsewhere first"}
	// CollectorLosesHTTP2: as GT106.
	CollectorLosesHTTP2 = Rule{"GT402", Error, "takes HTTP/2 from the tracing collector of {users}",
		"Gloo exports OTLP over gRPC only, which needs HTTP/2: all spans are lost in silence",
		"leave useHttp2: true"}

	// AgentImpossible: agent.Refused.
	AgentImpossible = Rule{"GT501", Warning, "no otel-agent: {reason}",
		"the pod is left as it is, and spans that its gateway sends to the agent are lost", "{fix}"}
	// NoAgent: seen in the pod as it will run, after all mutation.
	NoAgent = Rule{"GT502", Warning, "no otel-agent, though the Policy asks for it",
		"spans that its gateway sends to the agent are lost", "glootrace inject adds it in a file; in a cluster, see whether glootrace's mutating webhook is registered and answers, then start the pod anew"}
	// RefusedOverride: agent.Overrides of the Policy.
	RefusedOverride = Rule{"GT503", Warning, "{annotation} asks for what the Policy does not allow",
		"the agent is injected as the Policy has it", "remove the annotation, or allow it by the Policy's agent.overrides"}
)

// Catalogue lists every rule's cases, sorted by code.
var Catalogue = []Rule{
	WrongType, Unquoted, WrongMetadata, UnknownField, UnknownWord, UnknownKey, NamespaceWord, Misplaced, OnWorkload, AllowsNothing, NoSuchKind, NoSuchVersion, BadPolicy, NotRecorded, TooMuchKnown,
	ManyProviders, OpenCensus, NoCollector, NoZipkinCluster, NoZipkinEndpoint, NoDatadogService, EmptyCluster,
	RefIgnored, IncompleteRef, MissingCollector, UnreadCollector, UnknownCollector, HTTP2Off, NoHTTP2, NoHTTP2Service, WrongPort, NotAgentsPort,
	PercentRefused, PercentWraps, EmptyTag, BadTagKey, RepeatedTag, UncheckedCluster, SampleNone, NoProvider,
	ShortHost, ProvidersClash, ChildProviderWins, NotPointed, ProxyWithoutAgent, AgentsPort,
	TemplateSyntax, TemplateFile, TemplateFunction, UnknownExtraction, SpanOnResponse, SpanReadsResponse, EmptySpanName, ParsesForNothing,
	NeverReached, TakenBefore, NeverReachedResponse, UnboundedName, DescriptorWins, HidesSpanName, HidesInherited, DeprecatedIgnored,
	NoSpanNames, SpanTransformerUnknown, UndefinedVariable, NoValue, BodyMayDefine, TemplateDropped, NoType,
	BadRegex, NoSuchGroup, BadMode, InlineHides, SecondHidden, AdditionHides, NotNamed, NotByRoute, NotByMatcher, NotInList, OptionsNotGiven,
	ConnectEntry, PathlessEntry,
	RouteSamplesAll, DescriptorPropagates, PropagateIgnored, LiteralDescriptor, NobodyTraces, DropsParents,
	CollectorDeleted, CollectorLosesHTTP2,
	AgentImpossible, NoAgent, RefusedOverride,
}

// Cases are the cases of the rule with a code; none if there is no such rule.
func Cases(code string) []Rule {
	var cases []Rule
	for _, r := range Catalogue {
		if r.Code == code {
			cases = append(cases, r)
		}
	}
	return cases
}
