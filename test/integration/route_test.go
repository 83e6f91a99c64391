package integration

import (
	"strings"
	"testing"
)

// template is a transformationTemplate as flow YAML.
func template(text string) string {
	return `{regular: {requestTransforms: [requestTransformation: {transformationTemplate: {passthrough: {}, ` + text + `}}]}}`
}

func TestARouteTableIsJudgedByTheVirtualServiceAboveIt(t *testing.T) {
	ns := namespace(t)
	kubectl(t, `
apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: above, namespace: `+ns+`}
spec:
  virtualHost:
    domains: [`+ns+`.example.com]
    options: {stagedTransformations: `+template(`spanTransformer: {name: {text: '{{header("Host")}}'}}`)+`}
    routes:
    - matchers: [{prefix: /}]
      delegateAction: {selector: {labels: {team: pets}}}
      options: {tracing: {tracePercentages: {randomSamplePercentage: 1}}}
`, "apply", "-f", "-")
	table := `
apiVersion: gateway.solo.io/v1
kind: RouteTable
metadata: {name: below, namespace: ` + ns + `, labels: {team: pets}, annotations: {glootrace.dev/inject: "false"}}
spec:
  routes:
  - matchers: [{prefix: /pets}]
    directResponseAction: {status: 200}
    options:
      stagedTransformations: ` + template(`headers: {x-pets: {text: pets}}`) + `
      tracing: {tracePercentages: {clientSamplePercentage: 1}}
`
	eventually(t, func() bool { // the webhook hears of the VirtualService by its watch
		said := warns(t, table, "apply", "--dry-run=server", "-f", "-")
		return strings.Contains(said, ": GT210 spec.routes[0].options.stagedTransformations: ") &&
			strings.Contains(said, "VirtualService "+ns+"/above") &&
			strings.Contains(said, ": GT305 spec.routes[0].options.tracing: ")
	})
}

func TestABadTemplateIsRefusedInAnOptionObject(t *testing.T) {
	ns := namespace(t)
	said := refused(t, `
apiVersion: gateway.solo.io/v1
kind: RouteOption
metadata: {name: bad, namespace: `+ns+`}
spec: {options: {stagedTransformations: `+template(`spanTransformer: {name: {text: '{{heder("Host")}}'}}`)+`}}
`, "apply", "-f", "-")
	want := "GT202 spec.options.stagedTransformations.regular.requestTransforms[0].requestTransformation.transformationTemplate.spanTransformer.name.text: " +
		"line 1, column 3: no function heder; did you mean header?"
	if !strings.Contains(said, want) {
		t.Errorf("kubectl does not say %q:\n%s", want, said)
	}
}
