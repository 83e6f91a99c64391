package mutate_test

import (
	"slices"
	"testing"

	"github.com/glootrace/glootrace/internal/policy"
)

// A model that finds no fault with mutators that have one would prove nothing.
func TestTheModelFindsTheFaultsOfBrokenMutators(t *testing.T) {
	template := policy.Default().SpanName.Template
	name := func() any { return obj{"name": obj{"text": template}} }
	entry := func() any {
		return obj{"requestTransformation": obj{"transformationTemplate": obj{"passthrough": obj{}, "spanTransformer": name()}}}
	}
	isOurs := func(e any) bool { return canonical(e) == canonical(entry()) }
	set := func(o obj, value any, fields ...string) {
		for _, f := range fields[:len(fields)-1] {
			if _, ok := o[f].(obj); !ok {
				o[f] = obj{}
			}
			o = o[f].(obj)
		}
		o[fields[len(fields)-1]] = value
	}
	entries := func(options obj) []any {
		return list(at(options, "stagedTransformations", "regular", "requestTransforms"))
	}
	templates := func(options obj, breaks func(template obj, whole bool)) {
		for _, e := range append(entries(options), options["transformations"]) {
			if t, ok := at(e, "requestTransformation", "transformationTemplate").(obj); ok && at(t, "spanTransformer", "name", "text") == template {
				breaks(t, isOurs(e))
			}
		}
	}
	for _, fault := range []struct {
		what string
		// breaks spoils the options at one place of a mutated object.
		breaks func(level string, options, holder obj)
	}{
		{"the entry for all requests comes first", func(_ string, options, _ obj) {
			if all := entries(options); len(all) > 1 && isOurs(all[len(all)-1]) {
				set(options, append([]any{all[len(all)-1]}, all[:len(all)-1]...), "stagedTransformations", "regular", "requestTransforms")
			}
		}},
		{"an entry of ours parses bodies", func(_ string, options, _ obj) {
			templates(options, func(t obj, whole bool) {
				if whole {
					delete(t, "passthrough")
				}
			})
		}},
		{"a user's template passes bodies", func(_ string, options, _ obj) {
			templates(options, func(t obj, _ bool) { t["passthrough"] = obj{} })
		}},
		{"a regular stage beside a deprecated block", func(_ string, options, _ obj) {
			if options["transformations"] != nil {
				set(options, []any{entry()}, "stagedTransformations", "regular", "requestTransforms")
			}
		}},
		{"routes are left alone", func(level string, options, _ obj) {
			if level == "route" {
				templates(options, func(t obj, _ bool) { delete(t, "spanTransformer") })
			}
		}},
		{"weighted destinations are left alone", func(level string, options, _ obj) {
			if level == "destination" {
				templates(options, func(t obj, _ bool) { delete(t, "spanTransformer") })
			}
		}},
		{"option objects are left alone", func(level string, options, _ obj) {
			if level == "object" {
				templates(options, func(t obj, _ bool) { delete(t, "spanTransformer") })
			}
		}},
		{"only an entry for all requests is added", func(_ string, options, _ obj) {
			templates(options, func(t obj, whole bool) {
				if !whole {
					delete(t, "spanTransformer")
				}
			})
		}},
		{"no entry for all requests is added", func(_ string, options, _ obj) {
			if all := entries(options); len(all) > 1 && isOurs(all[len(all)-1]) {
				set(options, all[:len(all)-1], "stagedTransformations", "regular", "requestTransforms")
			}
		}},
		{"an entry for all requests in spite of inheritance", func(level string, options, _ obj) {
			if at(options, "stagedTransformations", "inheritTransformation") == true && level == "route" {
				set(options, append(entries(options), entry()), "stagedTransformations", "regular", "requestTransforms")
			}
		}},
		{"a user's name is replaced", func(_ string, options, _ obj) {
			for _, e := range entries(options) {
				if t, ok := at(e, "requestTransformation", "transformationTemplate").(obj); ok && t["spanTransformer"] != nil {
					t["spanTransformer"] = name()
				}
			}
		}},
		{"an inline block hides an option object's", func(_ string, options, holder obj) {
			if holder["optionsConfigRefs"] != nil && options["stagedTransformations"] == nil {
				set(options, []any{entry()}, "stagedTransformations", "regular", "requestTransforms")
			}
		}},
		{"a template beside another type", func(_ string, options, _ obj) {
			for _, e := range entries(options) {
				if t, ok := at(e, "requestTransformation").(obj); ok && t["headerBodyTransform"] != nil {
					t["transformationTemplate"] = obj{"passthrough": obj{}, "spanTransformer": name()}
				}
			}
		}},
		{"a route without transformations gets some", func(level string, options, _ obj) {
			if level == "route" && options["stagedTransformations"] == nil && options["transformations"] == nil {
				set(options, []any{entry()}, "stagedTransformations", "regular", "requestTransforms")
			}
		}},
		{"an entry that several routes share is named by one of them", func(level string, options, holder obj) {
			for _, e := range entries(options) {
				if t, ok := at(e, "requestTransformation", "transformationTemplate").(obj); ok && level == "host" && at(e, "matcher") == nil {
					for _, r := range list(holder["routes"]) {
						if name, takes := takes(r.(obj), request{"GET", "/other", ""}); takes && at(t, "spanTransformer", "name", "text") == template {
							set(t, name, "spanTransformer", "name", "text")
						}
					}
				}
			}
		}},
		{"entries for routes in another order", func(_ string, options, _ obj) {
			if all := entries(options); len(all) > 1 && !isOurs(all[0]) {
				var names []string
				for _, e := range all {
					names = append(names, text(at(e, "requestTransformation", "transformationTemplate", "spanTransformer", "name", "text")))
				}
				if slices.Contains(names, "/api*") && slices.Contains(names, "/*") {
					slices.Reverse(all)
				}
			}
		}},
		{"the name goes into the early stage", func(_ string, options, _ obj) {
			if all := entries(options); len(all) == 1 && isOurs(all[0]) {
				set(options, []any{}, "stagedTransformations", "regular", "requestTransforms")
				set(options, append([]any{entry()}, list(at(options, "stagedTransformations", "early", "requestTransforms"))...), "stagedTransformations", "early", "requestTransforms")
			}
		}},
	} {
		found := false
		for seed := uint64(0); seed < 400 && !found; seed++ {
			w := newRouting(seed)
			before := w.objects()
			after := mutated(t, w, before)
			eachOptions(after, fault.breaks)
			found = compare(w, before, after) != ""
		}
		if !found {
			t.Errorf("not found: %s", fault.what)
		}
	}
}

// eachOptions calls do with each block of options, which exists then.
func eachOptions(objects []obj, do func(level string, options, holder obj)) {
	visit := func(level string, v any) {
		holder, ok := v.(obj)
		if !ok {
			return
		}
		if holder["options"] == nil {
			holder["options"] = obj{}
		}
		do(level, holder["options"].(obj), holder)
	}
	routes := func(v any) {
		for _, r := range list(v) {
			visit("route", r)
			for _, d := range list(at(r, "routeAction", "multi", "destinations")) {
				visit("destination", d)
			}
		}
	}
	for _, o := range objects {
		switch o["kind"] {
		case "VirtualService":
			visit("host", at(o, "spec", "virtualHost"))
			routes(at(o, "spec", "virtualHost", "routes"))
		case "RouteTable":
			routes(at(o, "spec", "routes"))
		default:
			visit("object", o["spec"])
		}
	}
}
