package finding

// The rules of transformations and the span names in them. "inja" are seen with
// real Inja as envoy-gloo has it, "measured" with envoy-gloo's answers to requests.
var (
	// TemplateSyntax and TemplateFunction: inja; Gloo's webhook asks an Envoy, if its Settings let it.
	TemplateSyntax = Rule{"GT201", Error, "line {line}, column {column}: {problem}",
		"Envoy cannot read the template: Gloo refuses the object, or, with its transformation validation off, Envoy refuses the whole listener",
		"mend the template"}
	TemplateFile = Rule{"GT201", Warning, "the template reads the file {file}",
		"Envoy refuses the whole listener unless each proxy's container has this file",
		"write its content here"}
	TemplateFunction = Rule{"GT202", Error, "line {line}, column {column}: {problem}",
		"Envoy cannot read the template: Gloo refuses the object, or, with its transformation validation off, Envoy refuses the whole listener",
		"call a function that Gloo has, with the arguments that it takes"}
	// UnknownExtraction: measured.
	UnknownExtraction = Rule{"GT203", Warning, "extraction of {name}, and no extractor is called that",
		"it is rendered as nothing", "{fix}"}
	// SpanOnResponse: translator, "spanTransformer cannot be set on a responseTransformation".
	SpanOnResponse = Rule{"GT204", Error, "spanTransformer in a responseTransformation",
		"Gloo refuses it there", "move it into the entry's requestTransformation"}
	// SpanReadsResponse: translator, silent.
	SpanReadsResponse = Rule{"GT204", Warning, "spanTransformer in a responseTransformation",
		"Gloo accepts it here, and header() in it reads the response's headers",
		"move it into a requestTransformation"}
	// EmptySpanName: measured.
	EmptySpanName = Rule{"GT205", Warning, "a spanTransformer without a name",
		"the name of the span becomes the empty string",
		`name: {text: '{{header("Host")}}'}, or remove spanTransformer`}
	// ParsesForNothing: measured.
	ParsesForNothing = Rule{"GT206", Warning, "the template changes nothing about a request, and has no passthrough",
		"Envoy buffers each request's body and parses it as JSON, and answers 400 to one that is not",
		"passthrough: {} in the template"}
	// NeverReached: translator and measured; one entry of a stage runs.
	NeverReached = Rule{"GT207", Warning, "an entry behind {first}, which matches every request",
		"only the first entry of a stage that matches runs, so this one never does",
		"put it first, or give {first} a matcher"}
	TakenBefore = Rule{"GT207", Warning, "an entry behind {first}, which matches all requests that this one does",
		"only the first entry of a stage that matches runs, so this one never does",
		"put it before {first}, or give {first} a matcher that leaves it some"}
	NeverReachedResponse = Rule{"GT207", Warning, "an entry behind {first}, which matches every response",
		"only the first entry that matches runs, so this one never does",
		"put it first, or give {first} a matcher"}
	// UnboundedName: what tracing back ends ask for, and OpenTelemetry's conventions for span names.
	UnboundedName = Rule{"GT208", Warning, "the span's name holds {source}",
		"it is another for nearly each request, and tracing back ends group and index spans by name",
		"name spans by what has few values, such as header(\"Host\"); the rest is in the span's attributes"}
	// DescriptorWins: translator and measured; decorator.operation wins over spanTransformer.
	DescriptorWins = Rule{"GT209", Warning, "a span name on a route whose routeDescriptor is {descriptor}",
		"the routeDescriptor wins: every span of this route is called that",
		"remove the spanTransformer or the routeDescriptor"}
	// HidesSpanName: translator and measured; per-route configuration replaces the virtual host's.
	HidesSpanName = Rule{"GT210", Warning, "transformations of this {level} hide the span name of {from}",
		"they replace those of the level above, of all stages, so spans here are not named by it",
		"{fix}"}
	HidesInherited = Rule{"GT210", Warning, "an entry for all requests hides the inherited span name of {from}",
		"a route's own entries come first, and only the first of a stage that matches runs",
		"spanTransformer in this entry too, or a matcher"}
	// DeprecatedIgnored: translator.
	DeprecatedIgnored = Rule{"GT211", Warning, "transformations beside {beside}",
		"Gloo ignores transformations, which is the older notation of the same",
		"move it into stagedTransformations.regular"}
	// SpanTransformerUnknown: changelogs of solo-io/gloo.
	SpanTransformerUnknown = Rule{"GT212", Warning, "spanTransformer",
		"Gloo {version} does not know it, and names no span by it",
		"upgrade Gloo to 1.18 or later, or use a route's tracing.routeDescriptor"}
	// UndefinedVariable and NoValue: measured, 400.
	UndefinedVariable = Rule{"GT213", Error, "nothing defines {name}",
		"rendering fails, and every request that comes here is answered 400", "{fix}"}
	NoValue = Rule{"GT213", Error, "line {line}, column {column}: an expression without a value",
		"rendering fails, and every request that comes here is answered 400", "remove it"}
	BodyMayDefine = Rule{"GT213", Warning, "only a JSON body can define {name}",
		"a request without it in its body is answered 400, for the sake of a span's name", `default({name}, "…")`}
	// TemplateDropped: translator, silent.
	TemplateDropped = Rule{"GT214", Warning, "transformationTemplate beside {winner}",
		"Gloo uses {winner} only: the template, and a span name in it, are dropped",
		"keep one of them"}
	// NoType: translator, "unknown transformation type".
	NoType = Rule{"GT215", Error, "a transformation without a type",
		"Gloo refuses it", "transformationTemplate: …, or remove the field"}
	// BadRegex, NoSuchGroup and ReplacesNothing: Envoy, on loading the filter.
	BadRegex = Rule{"GT216", Error, "the regex of extractor {name} does not parse: {problem}",
		"Envoy cannot build the extractor: Gloo refuses the object, or, with its transformation validation off, Envoy refuses the whole listener",
		"mend the regex"}
	NoSuchGroup = Rule{"GT216", Error, "extractor {name} takes group {group} of a regex with {groups}",
		"Envoy cannot build the extractor: Gloo refuses the object, or, with its transformation validation off, Envoy refuses the whole listener",
		"put parentheses around what is to be taken, or set subgroup to a group that is there"}
	BadMode = Rule{"GT216", Error, "extractor {name} has {problem} in mode {mode}",
		"Envoy cannot build the extractor: Gloo refuses the object, or, with its transformation validation off, Envoy refuses the whole listener",
		"{fix}"}
	// InlineHides and SecondHidden: translator; the merge is shallow, for each top-level option.
	InlineHides = Rule{"GT217", Warning, "{mine} here, and {theirs} in {other}",
		"Gloo takes the first and ignores the second whole", "{fix}"}
	SecondHidden = Rule{"GT217", Warning, "{theirs} of {other}, which is named behind {first}",
		"Gloo takes that of {first} and ignores this one", "keep one of them"}
	// AdditionHides: the same, seen from the option object.
	AdditionHides = Rule{"GT217", Warning, "{mine} is ignored in {users}",
		"glootrace named spans there inline while this object had no transformations, and what is inline counts",
		"glootrace backfill, or inject on files, takes those names out, unless they were edited since"}

	// ConnectEntry and PathlessEntry: solo_matcher.cc of envoy-gloo, and the
	// validation of its RouteMatch, in which a path is required.
	ConnectEntry = Rule{"GT219", Error, "connectMatcher in an entry of transformations",
		"only a route can have it: Envoy ends when it is told of such an entry, or Gloo, if it tries that first, refuses the object",
		"prefix, exact or regex, or the transformation in the options of the route for CONNECT"}
	PathlessEntry = Rule{"GT219", Error, "an entry's matcher without a path",
		"Envoy needs one, and refuses the routes that it is told of: Gloo refuses the object, or, with its transformation validation off, the proxy keeps what it had",
		"prefix: / in the matcher, or no matcher"}

	// NobodyTraces: translator; a route's tracing adds to its listener's.
	NobodyTraces = Rule{"GT304", Info, "tracing on a route, and none on the listeners that serve it",
		"{listeners} have no tracing provider, so there are no spans to sample or name",
		"point the listener at a collector: tracing: {openTelemetryConfig: …}"}
	// DropsParents: translator; the merge of a delegated route's options is shallow.
	DropsParents = Rule{"GT305", Warning, "a tracing block without {fields}, which {parent} sets for this route",
		"a block of its own replaces the parent's whole: {effect}",
		"write {fields} here too, or remove the block"}

	// AllowsNothing: the object's own annotations.
	AllowsNothing = Rule{"GT004", Info, "{code} is allowed here, and finds nothing",
		"the suppression hides nothing now, and would hide what comes later", "remove {code} from the annotation"}
)
