package gloo_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
)

const virtualService = `{"apiVersion":"gateway.solo.io/v1","kind":"VirtualService","metadata":{"name":"vs","namespace":"n"},"spec":{"virtualHost":%s}}`

// optionsOf are the options of a virtual host whose options are given as JSON.
func optionsOf(t *testing.T, options string) *gloo.Options {
	t.Helper()
	for place := range decode(t, fmt.Sprintf(virtualService, `{"options":`+options+`}`)).AllOptions() {
		return place
	}
	return nil
}

func TestOptionsStandAtEachLevel(t *testing.T) {
	const routes = `[{},{"routeAction":{"multi":{"destinations":[{"weight":1},{"options":{}}]}}}]`
	for _, c := range []struct {
		api, kind, spec string
		want            []string
	}{
		{"gateway.solo.io/v1", "VirtualService", `{"virtualHost":{"routes":` + routes + `}}`, []string{
			"virtual host spec.virtualHost.options",
			"route spec.virtualHost.routes[0].options < virtual host",
			"route spec.virtualHost.routes[1].options < virtual host",
			"weighted destination spec.virtualHost.routes[1].routeAction.multi.destinations[0].options < route",
			"weighted destination spec.virtualHost.routes[1].routeAction.multi.destinations[1].options < route",
		}},
		{"gateway.solo.io/v1", "RouteTable", `{"routes":` + routes + `}`, []string{
			"route spec.routes[0].options",
			"route spec.routes[1].options",
			"weighted destination spec.routes[1].routeAction.multi.destinations[0].options < route",
			"weighted destination spec.routes[1].routeAction.multi.destinations[1].options < route",
		}},
		{"gateway.solo.io/v1", "RouteOption", `{}`, []string{"route spec.options"}},
		{"gateway.solo.io/v1", "VirtualHostOption", `{"options":{}}`, []string{"virtual host spec.options"}},
		{"gateway.solo.io/v1", "Gateway", `{"options":{}}`, nil},
		{"example.com/v1", "RouteOption", `{"options":{}}`, nil},
		{"gateway.solo.io/v1", "VirtualService", `{"virtualHost":"x"}`, nil},
	} {
		var got []string
		for o := range decode(t, fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"metadata":{},"spec":%s}`, c.api, c.kind, c.spec)).AllOptions() {
			place := fmt.Sprintf("%s %s", o.Level, o.Path)
			if o.Parent != nil {
				place += " < " + o.Parent.Level.String()
			}
			got = append(got, place)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", c.kind, got, c.want)
		}
	}
}

func TestTheRegularStageIsTheDeprecatedBlockOnlyIfThereIsNoOther(t *testing.T) {
	for _, c := range []struct {
		options             string
		deprecated, ignored bool
		entries             int
	}{
		{`{}`, false, false, 0},
		{`{"transformations":{}}`, true, false, 1},
		{`{"transformations":{},"stagedTransformations":{"early":{}}}`, true, false, 1},
		{`{"transformations":{},"stagedTransformations":{"regular":{}}}`, false, true, 0},
		{`{"stagedTransformations":{"regular":{"requestTransforms":[{},{}]}}}`, false, false, 2},
		{`{"transformations":{},"stagedTransformations":{"regular":null}}`, true, false, 1},
	} {
		tr := optionsOf(t, c.options).Transformations()
		r := tr.Regular()
		if r.Deprecated != c.deprecated || tr.DeprecatedIgnored() != c.ignored || len(requestsOf(r)) != c.entries {
			t.Errorf("%s: deprecated %v, ignored %v, %d entries", c.options, r.Deprecated, tr.DeprecatedIgnored(), len(requestsOf(r)))
		}
	}
}

func TestAnEntrySaysForWhichRequestsItRunsAndIfItCanNameTheSpan(t *testing.T) {
	for _, c := range []struct {
		entry   string
		all     bool
		carries gloo.Carrying
	}{
		{`{}`, true, gloo.WithoutRequest},
		{`{"matcher":null,"responseTransformation":{}}`, true, gloo.WithoutRequest},
		{`{"matcher":{"prefix":"/"},"requestTransformation":{}}`, true, gloo.CannotCarry},
		{`{"matcher":{"prefix":"/","headers":[],"caseSensitive":false}}`, true, gloo.WithoutRequest},
		{`{"matcher":{}}`, false, gloo.WithoutRequest},
		{`{"matcher":{"prefix":"/","methods":["GET"]}}`, false, gloo.WithoutRequest},
		{`{"matcher":{"prefix":"/","exact":"/"}}`, false, gloo.WithoutRequest},
		{`{"matcher":{"prefix":"/api"}}`, false, gloo.WithoutRequest},
		{`{"requestTransformation":{"transformationTemplate":{}}}`, true, gloo.Unnamed},
		{`{"requestTransformation":{"transformationTemplate":{"spanTransformer":{}}}}`, true, gloo.Named},
		{`{"requestTransformation":{"transformationTemplate":{},"headerBodyTransform":{}}}`, true, gloo.CannotCarry},
		{`{"requestTransformation":{"xsltTransformation":{}}}`, true, gloo.CannotCarry},
	} {
		stage := optionsOf(t, `{"stagedTransformations":{"regular":{"requestTransforms":[`+c.entry+`]}}}`).Transformations().Regular()
		e := requestsOf(stage)[0]
		if e.MatchesAll() != c.all || e.Carries() != c.carries || (stage.CatchAll() == 0) != c.all {
			t.Errorf("%s: matches all %v, carries %v, catch-all %d", c.entry, e.MatchesAll(), e.Carries(), stage.CatchAll())
		}
	}
}

func templateOf(t *testing.T, template string) gloo.Template {
	t.Helper()
	return requestsOf(optionsOf(t, `{"transformations":{"requestTransformation":{"transformationTemplate":`+template+`}}}`).
		Transformations().Regular())[0].Request().Template()
}

func requestsOf(s gloo.Stage) (all []gloo.Entry) {
	for _, e := range s.Requests() {
		all = append(all, e)
	}
	return all
}

func TestATemplateSaysWhatItDoesWithTheBody(t *testing.T) {
	for template, want := range map[string]gloo.Body{
		`{}`:                 gloo.ParsesBody,
		`{"passthrough":{}}`: gloo.PassesBody,
		`{"passthrough":{},"mergeExtractorsToBody":{}}`:               gloo.ParsesBody,
		`{"passthrough":{},"body":{"text":"x"}}`:                      gloo.PassesBody,
		`{"passthrough":null}`:                                        gloo.ParsesBody,
		`{"parseBodyBehavior":"DontParse"}`:                           gloo.BuffersBody,
		`{"parseBodyBehavior":1}`:                                     gloo.BuffersBody,
		`{"parseBodyBehavior":"ParseAsJson"}`:                         gloo.ParsesBody,
		`{"ignoreErrorOnParse":true}`:                                 gloo.TriesBody,
		`{"ignoreErrorOnParse":true,"parseBodyBehavior":"DontParse"}`: gloo.BuffersBody,
	} {
		if got := templateOf(t, template).Body(); got != want {
			t.Errorf("%s: %d, want %d", template, got, want)
		}
	}
}

func TestATemplatesTextsAreAllThatInjaRenders(t *testing.T) {
	var got []string
	for _, text := range templateOf(t, `{"spanTransformer":{"name":{"text":"span"}},
		"mergeJsonKeys":{"jsonKeys":{"k":{"tmpl":{"text":"merge"}}}},
		"headersToAppend":[{"key":"x","value":{"text":"append"}},{"key":"y"}],
		"dynamicMetadataValues":[{"key":"m","value":{"text":"metadata"}}],
		"body":{"text":"body"},"headers":{"b":{"text":"header"},"a":{"text":""},"c":{}},"headersToRemove":["z"]}`).Texts() {
		got = append(got, fmt.Sprint(text.Text(), " ", text.NamesSpan))
	}
	want := []string{"header false", " false", "body false", "metadata false", "append false", "merge false", "span true"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestATemplateThatOnlyNamesChangesNothing(t *testing.T) {
	for template, want := range map[string]bool{
		`{"spanTransformer":{"name":{"text":"x"}}}`:                                                true,
		`{"spanTransformer":{"name":{"text":"x"}},"extractors":{"a":{}},"advancedTemplates":true}`: true,
		`{"spanTransformer":{"name":{"text":"x"}},"headers":{"a":{}}}`:                             false,
		`{"spanTransformer":{"name":{"text":"x"}},"passthrough":{}}`:                               false,
		`{"spanTransformer":{}}`: true,
		`{}`:                     true,
	} {
		if got := templateOf(t, template).ChangesNothing(); got != want {
			t.Errorf("%s: %v", template, got)
		}
	}
}

func TestSlimKeepsOfTransformationsOnlyIfTheyNameTheSpan(t *testing.T) {
	raw := fmt.Sprintf(virtualService, `{"domains":["*"],"options":{"cors":{},"stagedTransformations":{"inheritTransformation":true,"regular":{"requestTransforms":[
		{"matcher":{"prefix":"/"},"requestTransformation":{"transformationTemplate":{"passthrough":{},"headers":{"x":{"text":"gone"}},"spanTransformer":{"name":{"text":"name"}}}}}]}}},
		"routes":[{"matchers":[{"prefix":"/gone"}],"delegateAction":{"ref":{"name":"t","namespace":"n"}}},{"routeAction":{"multi":{"destinations":[{}]}},"options":{"timeout":"1s","transformations":{}}}]}`)
	o := slimmed(t, gloo.VirtualService, raw)
	const want = `{"options":{"stagedTransformations":{"inheritTransformation":true,"regular":{"requestTransforms":[` +
		`{"matcher":{"prefix":"/"},"requestTransformation":{"transformationTemplate":{"spanTransformer":{"name":{"text":"name"}}}}}]}}},` +
		`"routes":[{"delegateAction":{"ref":{"name":"t","namespace":"n"}}},{"options":{"transformations":{}}}]}`
	if got := o.Spec().Child("virtualHost").Raw(); got != want {
		t.Errorf("kept %s\nwant %s", got, want)
	}
}
