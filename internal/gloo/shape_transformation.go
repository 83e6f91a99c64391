package gloo

// The shapes of transformations. Source of the fields: transformation.proto in
// api/gloo/gloo/v1/options/transformation of github.com/solo-io/solo-apis, and
// the CRDs in install/helm/gloo/crds of github.com/solo-io/gloo, August 2026.
var (
	template = exactly(fields{
		"spanTransformer":    exactly(fields{"name": injaTemplate}),
		"advancedTemplates":  boolean.notKept(),
		"extractors":         anyKey(extractor).notKept(),
		"headers":            anyKey(injaTemplate).notKept(),
		"headersToAppend":    listOf(exactly(fields{"key": text, "value": injaTemplate})).notKept(),
		"headersToRemove":    listOf(text).notKept(),
		"body":               injaTemplate.notKept(),
		"passthrough":        mapOf(nil).notKept(),
		"parseBodyBehavior":  enum.notKept(),
		"ignoreErrorOnParse": boolean.notKept(),
		"escapeCharacters":   boolean.notKept(),
		"mergeJsonKeys": exactly(fields{
			"jsonKeys": anyKey(exactly(fields{"tmpl": injaTemplate, "overrideEmpty": boolean})),
		}).notKept(),
		"mergeExtractorsToBody": mapOf(nil).notKept(),
		"dynamicMetadataValues": listOf(exactly(fields{
			"metadataNamespace": text, "key": text, "value": injaTemplate, "jsonToProto": boolean,
		})).notKept(),
	})
	injaTemplate = exactly(fields{"text": text})
	extractor    = exactly(fields{
		"header": text, "body": mapOf(nil), "regex": text, "subgroup": number, "replacementText": text, "mode": enum,
	})

	// transform is open: Gloo Enterprise has had types of its own.
	transform = mapOf(fields{
		TemplateType: template, HeaderBodyType: mapOf(nil), XSLTType: mapOf(nil), "logRequestResponseInfo": boolean.notKept(),
	})
	stage = exactly(fields{
		"requestTransforms": listOf(exactly(fields{
			"matcher": mapOf(fields{
				"prefix": text, "exact": text, "regex": text, "caseSensitive": boolean, "methods": listOf(text),
				"headers": listOf(any_), "queryParameters": listOf(any_), "connectMatcher": any_,
			}),
			"clearRouteCache":        boolean.notKept(),
			"requestTransformation":  transform,
			"responseTransformation": transform.notKept(),
		})),
		"responseTransforms": listOf(exactly(fields{
			"matchers": listOf(any_), "responseCodeDetails": text, "responseTransformation": transform,
		})).notKept(),
	})
	stagedTransformations = exactly(fields{
		Early: stage, Regular: stage, PostRouting: stage,
		"inheritTransformation": boolean, "logRequestResponseInfo": boolean.notKept(), "escapeCharacters": boolean.notKept(),
	})
	deprecatedTransformations = exactly(fields{
		"requestTransformation": transform, "responseTransformation": transform.notKept(), "clearRouteCache": boolean.notKept(),
	})
)
