package mutate_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

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
			matchers := []any{obj{"prefix": "/"}, obj{"prefix": "/api"}, obj{"exact": "/other"}, obj{"prefix": "/pets", "methods": []any{"GET"}},
				obj{"prefix": "/api", "caseSensitive": false}, obj{"exact": "/OTHER", "caseSensitive": false}, obj{"prefix": "/api?q="},
				obj{"regex": "/pets/.*"}, obj{"regex": "(?i)/other"}, obj{"connectMatcher": obj{}},
				obj{"prefix": "/api", "headers": []any{obj{"name": "x"}}}, obj{"prefix": "/", "queryParameters": []any{obj{"name": "q"}}}}
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
			switch w.IntN(7) {
			case 0:
				e["matcher"] = obj{"prefix": w.pick("/", "/api")}
			case 1:
				e["matcher"] = obj{w.pick("exact", "prefix", "regex"): w.pick("/other", "/pets", "/api?q=", "/api", "/API")}
			case 4, 5:
				e["matcher"] = obj{"prefix": w.pick("/api", "/API"), "caseSensitive": w.IntN(2) == 0}
			case 2:
				e["matcher"] = []any{obj{"prefix": "/", "methods": []any{w.pick("GET", "POST")}}, obj{"prefix": "/", "headers": []any{obj{"name": "x"}}},
					obj{"prefix": w.pick("/", "/api"), "queryParameters": []any{obj{"name": "q"}}}}[w.IntN(3)]
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
