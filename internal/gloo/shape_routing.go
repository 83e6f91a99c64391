package gloo

// The shapes of what is written beside tracing and transformations: the fields
// that nearly every object has, and whose type is easily mistaken, as of domains
// and methods, which are lists, and durations, which are strings. Only their
// types are looked at, so nothing of them is kept. Source of the fields: the CRDs.
var (
	domains  = listOf(text).notKept()
	matchers = listOf(mapOf(fields{
		"prefix": text, "exact": text, "regex": text, "caseSensitive": boolean, "methods": listOf(text),
		"headers":         listOf(mapOf(fields{"name": text, "value": text, "regex": boolean, "invertMatch": boolean})),
		"queryParameters": listOf(mapOf(fields{"name": text, "value": text, "regex": boolean})),
	})).notKept()

	destinations = listOf(mapOf(fields{"options": hostOptions, "weight": number, "destination": destination}))
	destination  = mapOf(fields{
		"upstream": ref, "kube": mapOf(fields{"ref": ref, "port": number}), "subset": mapOf(fields{"values": texts}),
	})
	routeAction = mapOf(fields{
		"single": destination, "multi": mapOf(fields{"destinations": destinations}), "upstreamGroup": ref, "clusterHeader": text,
	}).notKept()
	redirectAction = mapOf(fields{
		"hostRedirect": text, "pathRedirect": text, "prefixRewrite": text,
		"httpsRedirect": boolean, "stripQuery": boolean, "portRedirect": number, "responseCode": enum,
	}).notKept()
	directResponse = mapOf(fields{"status": number, "body": text}).notKept()
	retries        = mapOf(fields{
		"retryOn": text, "numRetries": number, "perTryTimeout": length, "retriableStatusCodes": listOf(number),
	}).notKept()
)
