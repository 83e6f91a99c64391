package gloo

import (
	"maps"
	"slices"
)

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
	texts   = shape{kind: isMap, item: &text}
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
	connectionManager = mapOf(fields{"tracing": tracing})
	httpOptions       = mapOf(fields{"httpConnectionManagerSettings": connectionManager, "tracing": {kind: isNothing}})
	httpGateway       = mapOf(fields{
		"options": httpOptions, "virtualServices": listOf(ref), "virtualServiceSelector": texts,
		"virtualServiceNamespaces": listOf(text), "virtualServiceExpressions": mapOf(fields{"expressions": expressions}),
	})
	expressions = listOf(mapOf(fields{"key": text, "operator": enum, "values": listOf(text)}))
	selector    = mapOf(fields{"labels": texts, "namespaces": listOf(text), "expressions": expressions})

	optionsRefs  = mapOf(fields{"delegateOptions": listOf(ref)})
	routeTracing = exactly(fields{"routeDescriptor": text, "tracePercentages": percentages, "propagate": boolean})
	routeOptions = mapOf(fields{
		"tracing": routeTracing, "stagedTransformations": stagedTransformations, "transformations": deprecatedTransformations,
	})
	routes = listOf(mapOf(fields{
		"options": routeOptions, "optionsConfigRefs": optionsRefs,
		"delegateAction": mapOf(fields{"ref": ref, "selector": selector, "name": text, "namespace": text}),
		"routeAction": mapOf(fields{"multi": mapOf(fields{
			"destinations": listOf(mapOf(fields{"options": hostOptions})),
		})}).notKept(),
	}))
	hostOptions = mapOf(fields{
		"stagedTransformations": stagedTransformations, "transformations": deprecatedTransformations, "tracing": {kind: isNothing},
	})
)

var shapes = map[Kind]shape{
	Gateway: mapOf(fields{
		"proxyNames":  listOf(text),
		"ssl":         boolean,
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
		"virtualHost": mapOf(fields{"options": hostOptions, "optionsConfigRefs": optionsRefs, "routes": routes}), "sslConfig": any_,
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

// Misfit is a value that is not as Gloo's API has it.
type Misfit struct {
	Value
	// Want is the type that belongs here, empty if the field is unknown.
	Want string
	// Known are the fields that Gloo's API has in the unknown field's place, sorted.
	Known []string
}

// Misfits gives found the values of the object, among those that glootrace reads,
// that Gloo's API has in another type or not at all, in the document's order.
func (o Object) Misfits(found func(Misfit)) {
	if want, known := shapes[o.Kind]; known && o.IsGloo() {
		fit(found, o.Spec(), want)
	}
}

func fit(found func(Misfit), v Value, want shape) {
	if !v.Exists() {
		return
	}
	if !want.takes(v) {
		found(Misfit{Value: v, Want: want.kind.String()})
		return
	}
	if want.kind == isList {
		for item := range v.All() {
			fit(found, item, *want.item)
		}
		return
	}
	v.Fields(func(name string, field Value) {
		next, known := want.field(name)
		switch {
		case known && next.kind == isNothing, !known && (want.closed || want.misspelt(name)):
			if field.Exists() {
				found(Misfit{Value: field, Known: slices.Sorted(maps.Keys(want.fields))})
			}
		case known:
			fit(found, field, next)
		}
	})
}

// misspelt tells whether an unknown field of a map that has more fields than
// the shape knows is surely meant for one of those: all but a letter or two.
func (s shape) misspelt(name string) bool {
	for known := range s.fields {
		if len(known) > 5 && within(2, known, name) {
			return true
		}
	}
	return false
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
	case isText:
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
	return [...]string{"anything", "a map", "a list", "a string", "a number", "true or false", "a name", "nothing"}[k]
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

// Is says of what type the misfit is.
func (m Misfit) Is() string { return m.typeName() }

// Unquoted tells whether quotes would make the misfit what belongs here.
func (m Misfit) Unquoted() bool {
	switch m.kind() {
	case jsonNumber, jsonTrue, jsonFalse:
		return m.Want == isText.String()
	default:
		return false
	}
}
