package mutate_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
)

func TestEachRequestHasANameAndNothingElseChanges(t *testing.T) {
	for seed := range uint64(300) {
		w := newRouting(seed)
		before := w.objects()
		after := mutated(t, w, before)
		if fault := compare(w, before, after); fault != "" {
			t.Fatalf("seed %d: %s\nbefore %s\nafter %s", seed, fault, canonical(before), canonical(after))
		}
	}
}

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
						if name, takes := takes(r.(obj), request{"GET", "/other"}); takes && at(t, "spanTransformer", "name", "text") == template {
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

// mutated are the objects as they are after each one was admitted, in an order
// made at random, a second time too: which must change nothing.
func mutated(t *testing.T, w routing, objects []obj) []obj {
	t.Helper()
	now := make([]gloo.Object, len(objects))
	for i, o := range objects {
		raw, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if now[i], err = gloo.Decode(raw); err != nil {
			t.Fatal(err)
		}
	}
	pol := policy.Default()
	if w.byRoute() {
		pol.SpanName.Strategy = policy.ByRoute
	}
	for round := range 2 {
		known := refs.FromObjects(now, true)
		for _, i := range w.Perm(len(now)) {
			if round == 0 && w.seed%4 == 0 {
				known = refs.FromObjects(now, true)
			}
			result := mutate.Object(now[i], pol, known)
			if round > 0 && len(result.Patch) > 0 {
				t.Fatalf("%s: mutated again: %v\n%s", now[i], result.Patch, now[i].Raw())
			}
			was := now[i]
			now[i] = apply(t, was, result)
			if at := lost(testcase.Generic(t, was.Raw()), testcase.Generic(t, now[i].Raw()), ""); at != "" {
				t.Fatalf("%s lost or changed by %v", at, result.Patch)
			}
		}
	}
	after := make([]obj, len(now))
	for i, o := range now {
		after[i] = testcase.Generic(t, o.Raw()).(obj)
	}
	return after
}

var requests = []request{{"GET", "/"}, {"POST", "/"}, {"GET", "/api/pets"}, {"POST", "/api"}, {"GET", "/other"}, {"GET", "/pets"}, {"POST", "/pets/1"}}

// compare puts requests to the model of the objects before and after, and says
// what is wrong: "" if nothing is.
func compare(w routing, before, after []obj) string {
	b, a := newModel(before, w.destinationsInherit()), newModel(after, w.destinationsInherit())
	template := policy.Default().SpanName.Template
	for _, r := range requests {
		now := a.outcomes(r)
		for place, was := range b.outcomes(r) {
			is := now[place]
			switch {
			case is.rest != was.rest:
				return fmt.Sprintf("%s %v: something else changes: was\n%s\nis\n%s", place, r, was.rest, is.rest)
			case was.name != unnamed && is.name != was.name && was.excuse != namedTwice:
				return fmt.Sprintf("%s %v: was named %s, is named %s", place, r, was.name, is.name)
			case was.name == unnamed && is.name == unnamed && was.excuse == "":
				return fmt.Sprintf("%s %v: has no name", place, r)
			case was.name == unnamed && is.name != unnamed && is.name != template && !w.byRoute():
				return fmt.Sprintf("%s %v: is named %s", place, r, is.name)
			case was.name == unnamed && is.name != unnamed && is.name != template && is.routes != nil && !slices.Contains(is.routes, is.name):
				return fmt.Sprintf("%s %v: is named %s, and is of %v", place, r, is.name, is.routes)
			}
		}
	}
	return ""
}

// routing makes objects with virtual hosts and routes at random, rich in
// transformations.
type routing struct {
	*rand.Rand
	seed  uint64
	count *int
}

func newRouting(seed uint64) routing {
	return routing{rand.New(rand.NewPCG(seed, 9)), seed, new(int)}
}

func (w routing) destinationsInherit() bool { return w.seed%2 == 0 }

func (w routing) byRoute() bool { return w.seed%5 == 0 }

func (w routing) pick(choices ...string) string { return choices[w.IntN(len(choices))] }

// unique is a text that no other place has.
func (w routing) unique(prefix string) string {
	*w.count++
	return fmt.Sprintf("%s%d", prefix, *w.count)
}

func (w routing) objects() []obj {
	object := func(kind, name string, spec obj) obj {
		// By way of JSON, as what is compared with comes from there.
		raw, err := json.Marshal(obj{"apiVersion": "gateway.solo.io/v1", "kind": kind, "metadata": obj{"name": name, "namespace": "n"}, "spec": spec})
		if err != nil {
			panic(err)
		}
		var o obj
		if err := json.Unmarshal(raw, &o); err != nil {
			panic(err)
		}
		return o
	}
	host := obj{"domains": []any{"*"}, "routes": w.routes(0)}
	w.options(host, "host")
	objects := []obj{object("VirtualService", "vs", obj{"virtualHost": host})}
	if w.IntN(3) == 0 {
		second := obj{"domains": []any{"b"}, "routes": w.routes(0)}
		w.options(second, "host")
		objects = append(objects, object("VirtualService", "vs2", obj{"virtualHost": second}))
	}
	for i, table := range []string{"t1", "t2"} {
		objects = append(objects, object("RouteTable", table, obj{"routes": w.routes(i + 1)}))
	}
	for _, kind := range []string{"VirtualHostOption", "RouteOption"} {
		for _, name := range []string{"o1", "o2"} {
			spec := obj{}
			w.options(spec, kind)
			objects = append(objects, object(kind, name, spec))
		}
	}
	return objects
}

func (w routing) routes(depth int) []any {
	var routes []any
	for range 1 + w.IntN(3) {
		r := obj{}
		if w.IntN(4) != 0 {
			matchers := []any{obj{"prefix": "/"}, obj{"prefix": "/api"}, obj{"exact": "/other"}, obj{"prefix": "/pets", "methods": []any{"GET"}}}
			w.Shuffle(len(matchers), func(i, j int) { matchers[i], matchers[j] = matchers[j], matchers[i] })
			r["matchers"] = matchers[:1+w.IntN(5)/4]
		}
		w.options(r, "route")
		switch w.IntN(4) {
		case 0:
			if depth < 2 {
				r["delegateAction"] = obj{"ref": obj{"name": []string{"t1", "t2"}[depth+w.IntN(2-depth)], "namespace": "n"}}
			}
		case 1:
			d := obj{"weight": 1}
			w.options(d, "destination")
			r["routeAction"] = obj{"multi": obj{"destinations": []any{d, obj{"weight": 2}}}}
		default:
			r["directResponseAction"] = obj{"status": 200}
		}
		routes = append(routes, r)
	}
	return routes
}

func (w routing) options(holder obj, level string) {
	o := obj{}
	if w.IntN(3) == 0 {
		o["cors"] = obj{}
	}
	switch w.IntN(8) {
	case 0, 1, 2:
		o["stagedTransformations"] = w.staged()
	case 3:
		o["transformations"] = w.entry(false)
	case 4:
		if w.IntN(3) == 0 {
			o["stagedTransformations"], o["transformations"] = w.staged(), w.entry(false)
		}
	}
	if (level == "route" || level == "RouteOption") && w.IntN(6) == 0 {
		o["tracing"] = obj{"routeDescriptor": w.pick("", "described")}
	}
	if len(o) > 0 || w.IntN(2) == 0 {
		holder["options"] = o
	}
	if (level == "route" || level == "host") && w.IntN(5) == 0 {
		var refs []any
		for range 1 + w.IntN(2) {
			refs = append(refs, obj{"name": w.pick("o1", "o2", "o1", "o2", "gone"), "namespace": "n"})
		}
		holder["optionsConfigRefs"] = obj{"delegateOptions": refs}
	}
}

func (w routing) staged() obj {
	s := obj{}
	if w.IntN(4) == 0 {
		s["inheritTransformation"] = true
	}
	if w.IntN(5) != 0 {
		s["regular"] = w.stage(true)
	}
	if w.IntN(5) == 0 {
		s["early"] = w.stage(w.IntN(4) == 0)
	}
	if w.IntN(6) == 0 {
		s["postRouting"] = w.stage(true)
	}
	return s
}

func (w routing) stage(names bool) obj {
	s := obj{}
	if w.IntN(6) != 0 {
		entries := []any{}
		for range w.IntN(4) {
			e := w.entry(names)
			switch w.IntN(5) {
			case 0:
				e["matcher"] = obj{"prefix": w.pick("/", "/api")}
			case 1:
				e["matcher"] = obj{w.pick("exact", "prefix"): w.pick("/other", "/api", "/pets")}
			case 2:
				e["matcher"] = obj{"prefix": "/", "methods": []any{w.pick("GET", "POST")}}
			case 3:
				e["matcher"] = obj{}
			}
			entries = append(entries, e)
		}
		s["requestTransforms"] = entries
	}
	if w.IntN(4) == 0 {
		s["responseTransforms"] = []any{obj{"responseTransformation": w.transformation(false)}}
	}
	return s
}

func (w routing) entry(names bool) obj {
	e := obj{}
	if w.IntN(5) != 0 {
		e["requestTransformation"] = w.transformation(names || w.IntN(4) == 0)
	}
	if w.IntN(4) == 0 {
		e["responseTransformation"] = w.transformation(false)
	}
	if w.IntN(8) == 0 {
		e["clearRouteCache"] = true
	}
	return e
}

func (w routing) transformation(names bool) obj {
	switch w.IntN(9) {
	case 0:
		return obj{"headerBodyTransform": obj{}}
	case 1:
		return obj{"transformationTemplate": obj{}, "headerBodyTransform": obj{}}
	case 2:
		return obj{}
	}
	t := obj{}
	if w.IntN(2) == 0 {
		t["passthrough"] = obj{}
	}
	if w.IntN(3) != 0 {
		t["headers"] = obj{"x": obj{"text": w.unique("h")}}
	}
	if names && w.IntN(3) == 0 {
		t["spanTransformer"] = obj{"name": obj{"text": w.unique("name")}}
	}
	return obj{"transformationTemplate": t}
}
