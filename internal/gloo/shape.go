package gloo

// A shape says which fields of a document glootrace reads and of what type
// Gloo's API has them. It is what a document is checked against before any rule
// reads it, and what of an object is worth keeping in memory.
type shape struct {
	kind   shapeKind
	fields map[string]shape       // of a map
	item   *shape                 // of a list, or of a map from any key
	only   func(name string) bool // which keys of a map from any key; nil for all
	// closed: fields has all that Gloo's API has here, so any other is a mistake.
	closed bool
	// own: rules ask it of the object under review only, so no cache keeps it.
	own bool
}

type shapeKind int

const (
	anything shapeKind = iota
	isMap
	isList
	isText
	isNumber
	isBoolean
	isEnum
	isDuration
	isNothing // a field that users expect here and Gloo's API does not have
)

type fields = map[string]shape

func mapOf(f fields) shape    { return shape{kind: isMap, fields: f} }
func exactly(f fields) shape  { return shape{kind: isMap, fields: f, closed: true} }
func listOf(item shape) shape { return shape{kind: isList, item: &item} }
func anyKey(item shape) shape { return shape{kind: isMap, item: &item} }

// notKept is the shape of a field that no cache keeps.
func (s shape) notKept() shape {
	s.own = true
	return s
}

var (
	any_    = shape{kind: anything}
	text    = shape{kind: isText}
	number  = shape{kind: isNumber}
	boolean = shape{kind: isBoolean}
	enum    = shape{kind: isEnum}
	length  = shape{kind: isDuration}
	texts   = shape{kind: isMap, item: &text}
	nothing = shape{kind: isNothing, own: true}
	ref     = exactly(fields{"name": text, "namespace": text})
)

// Source of the fields: install/helm/gloo/crds and projects/gloo/api/v1/options/tracing
// in github.com/solo-io/gloo, August 2026.
var (
	percentages = exactly(fields{
		"clientSamplePercentage": number, "randomSamplePercentage": number, "overallSamplePercentage": number,
	})
	tracing = exactly(fields{
		"zipkinConfig": exactly(fields{
			"collectorUpstreamRef": ref, "clusterName": text, "collectorEndpoint": text,
			"collectorEndpointVersion": enum, "traceId128bit": boolean, "sharedSpanContext": boolean,
		}),
		"datadogConfig": exactly(fields{
			"collectorUpstreamRef": ref, "clusterName": text, "serviceName": text,
			"collectorHostname": text, "remoteConfig": any_,
		}),
		"openTelemetryConfig": exactly(fields{
			"collectorUpstreamRef": ref, "clusterName": text, "serviceName": text,
			"grpcService": exactly(fields{"authority": text}), "maxCacheSize": number,
		}),
		"openCensusConfig":            any_,
		"requestHeadersForTags":       listOf(text),
		"literalsForTags":             listOf(exactly(fields{"tag": text, "value": text})),
		"environmentVariablesForTags": listOf(exactly(fields{"tag": text, "name": text, "defaultValue": text})),
		"metadataForTags": listOf(exactly(fields{
			"tag": text, "kind": enum, "defaultValue": text,
			"value": exactly(fields{"namespace": text, "key": text, "nestedFieldDelimiter": text}),
		})),
		"tracePercentages":  percentages,
		"verbose":           boolean,
		"spawnUpstreamSpan": boolean,
	})
	connectionManager = mapOf(fields{"tracing": tracing, "openTelemetryConfig": nothing})
	httpOptions       = mapOf(fields{"httpConnectionManagerSettings": connectionManager, "tracing": nothing})
	httpGateway       = mapOf(fields{
		"options": httpOptions, "httpConnectionManagerSettings": nothing, "tracing": nothing, "virtualServices": listOf(ref), "virtualServiceSelector": texts,
		"virtualServiceNamespaces": listOf(text), "virtualServiceExpressions": mapOf(fields{"expressions": expressions}),
	})
	expressions = listOf(mapOf(fields{"key": text, "operator": enum, "values": listOf(text)}))
	selector    = mapOf(fields{"labels": texts, "namespaces": listOf(text), "expressions": expressions})

	optionsRefs  = mapOf(fields{"delegateOptions": listOf(ref)})
	routeTracing = exactly(fields{"routeDescriptor": text, "tracePercentages": percentages, "propagate": boolean})
	routeOptions = mapOf(fields{
		"tracing": routeTracing, "stagedTransformations": stagedTransformations, "transformations": deprecatedTransformations,
		"timeout": length.notKept(), "idleTimeout": length.notKept(), "retries": retries,
		"prefixRewrite": text.notKept(), "hostRewrite": text.notKept(), "autoHostRewrite": boolean.notKept(),
	})
	routes = listOf(mapOf(fields{
		"name": text.notKept(), "matchers": matchers, "options": routeOptions, "optionsConfigRefs": optionsRefs,
		"delegateAction": mapOf(fields{"ref": ref, "selector": selector, "name": text, "namespace": text}),
		"routeAction":    routeAction, "redirectAction": redirectAction, "directResponseAction": directResponse,
	}))
	hostOptions = mapOf(fields{
		"stagedTransformations": stagedTransformations, "transformations": deprecatedTransformations, "tracing": nothing,
	})
)

var shapes = map[Kind]shape{
	Gateway: mapOf(fields{
		"bindAddress": text.notKept(), "bindPort": number, "useProxyProto": boolean.notKept(),
		"proxyNames":  listOf(text),
		"ssl":         boolean,
		"options":     mapOf(fields{"httpConnectionManagerSettings": nothing, "tracing": nothing}).notKept(),
		"tracing":     nothing,
		"httpGateway": httpGateway,
		"tcpGateway":  any_,
		"hybridGateway": mapOf(fields{
			"matchedGateways": listOf(mapOf(fields{
				"httpGateway": httpGateway, "tcpGateway": any_, "matcher": mapOf(fields{"sslConfig": any_}),
			})),
			"delegatedHttpGateways": mapOf(fields{
				"httpConnectionManagerSettings": connectionManager,
				"preventChildOverrides":         boolean,
				"ref":                           ref,
				"selector":                      selector,
				"sslConfig":                     any_,
			}),
			"delegatedTcpGateways": any_,
		}),
	}),
	MatchableHTTPGateway: mapOf(fields{"httpGateway": httpGateway, "matcher": mapOf(fields{"sslConfig": any_})}),
	HTTPListenerOption:   mapOf(fields{"options": httpOptions}),
	VirtualService: mapOf(fields{
		"virtualHost": mapOf(fields{"domains": domains, "options": hostOptions, "optionsConfigRefs": optionsRefs, "routes": routes}), "sslConfig": any_,
	}),
	RouteTable:        mapOf(fields{"routes": routes}),
	RouteOption:       mapOf(fields{"options": routeOptions}),
	VirtualHostOption: mapOf(fields{"options": hostOptions}),
	Upstream: mapOf(fields{
		"useHttp2": boolean,
		"static":   mapOf(fields{"hosts": listOf(mapOf(fields{"addr": text, "port": number}))}),
		"kube":     mapOf(fields{"serviceName": text, "serviceNamespace": text, "servicePort": number}),
	}),
}

func (s shape) field(name string) (shape, bool) {
	if s.item != nil {
		return *s.item, s.only == nil || s.only(name)
	}
	next, ok := s.fields[name]
	return next, ok
}

func (s shape) takes(v Value) bool {
	switch s.kind {
	case isMap:
		return v.IsMap()
	case isList:
		return v.IsList()
	case isText, isDuration:
		return v.kind() == jsonString
	case isNumber: // protobuf's JSON takes "50" for 50
		_, ok := v.Number()
		return ok
	case isBoolean:
		_, ok := v.Bool()
		return ok
	case isEnum: // protobuf's JSON takes an enum's number for its name
		return v.kind() == jsonString || v.kind() == jsonNumber
	default:
		return true
	}
}

func (k shapeKind) String() string {
	return [...]string{"anything", "a map", "a list", "a string", "a number", "true or false", "a name", "a duration like 15s", "nothing"}[k]
}

// typeName says what the value is, for messages.
func (v Value) typeName() string {
	switch v.kind() {
	case jsonMap:
		return "a map"
	case jsonList:
		return "a list"
	case jsonString:
		return "a string"
	case jsonNumber:
		return "a number"
	case jsonTrue, jsonFalse:
		return "true or false"
	default:
		return "null"
	}
}
