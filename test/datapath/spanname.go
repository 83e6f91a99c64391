package datapath

//lint:file-ignore SA1019 transformations is deprecated in Gloo's API, and Gloo still reads it.

import (
	"fmt"
	"regexp"
	"strings"

	gloo "github.com/solo-io/solo-apis/pkg/api/gloo.solo.io/v1"
	"github.com/solo-io/solo-apis/pkg/api/gloo.solo.io/v1/options/transformation"
)

// spanName is the name of a route's spans as Envoy's formatter has it, empty if no transformation names them. Gloo's
// Envoy has a filter of its own that renders Inja; Envoy as everybody has it can only put headers into a text.
func spanName(host *gloo.VirtualHostOptions, route *gloo.RouteOptions) (string, error) {
	stages, deprecated := route.GetStagedTransformations(), route.GetTransformations()
	if stages == nil && deprecated == nil { // a route's own hide those of the virtual host
		stages, deprecated = host.GetStagedTransformations(), host.GetTransformations()
	}
	if stages.GetInheritTransformation() {
		return "", fmt.Errorf("inheritTransformation is not translated here")
	}
	request := deprecated.GetRequestTransformation()
	if stages.GetRegular() != nil { // hides the deprecated block
		request = nil
		if transforms := stages.GetRegular().GetRequestTransforms(); len(transforms) > 0 {
			if transforms[0].GetMatcher() != nil {
				return "", fmt.Errorf("transformations with a matcher are not translated here")
			}
			request = transforms[0].GetRequestTransformation()
		}
	}
	return formatter(request)
}

var (
	headerCall = regexp.MustCompile(`\{\{-?\s*(?:request_)?header\(\s*"([^"]+)"\s*\)\s*-?\}\}`)
	inja       = regexp.MustCompile(`\{\{|\{%|\{#`)
)

func formatter(t *transformation.Transformation) (string, error) {
	span := t.GetTransformationTemplate().GetSpanTransformer()
	template := span.GetName().GetText()
	text := headerCall.ReplaceAllString(strings.ReplaceAll(template, "%", "%%"), "%REQ($1)%")
	if inja.MatchString(text) {
		return "", fmt.Errorf("span name %s: only header(…) is rendered here", template)
	}
	return text, nil
}
