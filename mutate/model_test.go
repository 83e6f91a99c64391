package mutate_test

import (
	"fmt"
	"slices"
	"strings"
)

// model is a small interpreter of what Gloo makes of transformations, apart
// from all code that it judges: it reads plain maps. It says for a request and
// each way through the routes what becomes of it.
//
// Sources: the translators of solo-io/gloo and the transformation filter of
// solo-io/envoy-gloo, as far as they choose an entry.
type model struct {
	objects map[string]obj // by kind and name
	// destinationsInherit: nobody has shown that inheritTransformation counts
	// for a weighted destination, or that it does not.
	destinationsInherit bool
	// deprecated and early tell whether there is any deprecated block, and any
	// span name in an early stage.
	deprecated, early bool
	// delegated tells whether a route that delegates takes options from an object.
	delegated bool
}

func newModel(objects []obj, destinationsInherit bool) model {
	m := model{objects: map[string]obj{}, destinationsInherit: destinationsInherit}
	for _, o := range objects {
		m.objects[text(o["kind"])+" "+text(at(o, "metadata", "name"))] = o
		m.deprecated = m.deprecated || anywhere(o, "transformations", func(any) bool { return true })
		m.delegated = m.delegated || anywhere(o, "routes", func(routes any) bool {
			return slices.ContainsFunc(list(routes), func(r any) bool { return at(r, "delegateAction") != nil && at(r, "optionsConfigRefs") != nil })
		})
		m.early = m.early || anywhere(o, "early", func(stage any) bool { return hasName(list(at(stage, "requestTransforms"))) })
	}
	return m
}

// request is what matchers ask about.
type request struct{ method, path, header string }

// outcome is what becomes of a request on one way through the routes.
type outcome struct {
	// name is the template or text that names its span, unnamed if nothing does.
	name string
	// rest is all else that transformations do to it and to its response.
	rest string
	// excuse says why nothing may name it, if there is a reason.
	excuse string
	// routes are the names of the routes that take it on this way, of a
	// VirtualService first; none if another way is its own.
	routes []string
}

const unnamed = "(unnamed)"

// namedTwice is the excuse of a route that names spans in the early stage and
// inherits a regular stage in which others, who do not, have to have a name.
const namedTwice = "named early, and in what is inherited"

// node is a virtual host, a route or a weighted destination.
type node struct {
	level  string // host, route, destination
	holder obj
	up     *node // of a route in a RouteTable: the route that delegates to it
}

// outcomes are the outcomes of all ways through the routes, by their places.
func (m model) outcomes(r request) map[string]outcome {
	all := map[string]outcome{}
	for key, vs := range m.objects {
		if !strings.HasPrefix(key, "VirtualService ") {
			continue
		}
		host, _ := at(vs, "spec", "virtualHost").(obj)
		if host == nil {
			continue
		}
		m.ways(all, key, r, &node{level: "host", holder: host}, host["routes"], nil, []string{})
	}
	return all
}

func (m model) ways(all map[string]outcome, place string, r request, host *node, routes any, up *node, names []string) {
	taken := false // by a route before
	for i, item := range list(routes) {
		holder, _ := item.(obj)
		if holder == nil {
			continue
		}
		here := fmt.Sprintf("%s/%d", place, i)
		route := &node{"route", holder, up}
		var through []string
		if name, takes := takes(holder, r); takes && !taken && names != nil {
			taken, through = true, append(slices.Clip(names), name)
		}
		if table := m.objects["RouteTable "+text(at(holder, "delegateAction", "ref", "name"))]; table != nil {
			if strings.Count(here, "/") < 4 {
				m.ways(all, here, r, host, at(table, "spec", "routes"), route, through)
			}
			continue
		}
		put := func(place string, destination *node) {
			o := m.through(r, host, route, destination)
			o.routes = through
			all[place] = o
		}
		put(here, nil)
		for j, d := range list(at(holder, "routeAction", "multi", "destinations")) {
			if d, ok := d.(obj); ok {
				put(fmt.Sprintf("%s/%d", here, j), &node{level: "destination", holder: d})
			}
		}
	}
}

// takes tells whether a route takes a request, and what that is called by the
// matcher that it meets.
func takes(route obj, r request) (name string, takes bool) {
	matchers := list(route["matchers"])
	if len(matchers) == 0 {
		matchers = []any{obj{"prefix": "/"}}
	}
	for _, m := range matchers {
		if routeMatches(m, r) {
			name := text(at(m, "exact")) + text(at(m, "regex"))
			if at(m, "connectMatcher") != nil {
				name = "CONNECT"
			}
			if prefix := text(at(m, "prefix")); prefix != "" {
				name = prefix + "*"
			}
			if methods := list(at(m, "methods")); len(methods) > 0 {
				name = strings.Trim(fmt.Sprint(methods), "[]") + " " + name
			}
			return name, true
		}
	}
	return "", false
}

// option is one of a node's options: written there, or in the first option
// object that has it, or taken from the route that delegates here. from says which.
func (m model) option(n *node, name string) (value any, from string) {
	if v := at(n.holder, "options", name); v != nil {
		return v, "inline"
	}
	kind := "RouteOption "
	if n.level == "host" {
		kind = "VirtualHostOption "
	}
	for _, ref := range list(at(n.holder, "optionsConfigRefs", "delegateOptions")) {
		if v := at(m.objects[kind+text(at(ref, "name"))], "spec", "options", name); v != nil {
			return v, "object"
		}
	}
	if n.up != nil {
		v, _ := m.option(n.up, name)
		return v, "delegator"
	}
	return nil, ""
}

// stages are the entries of each stage that a node's requests go through.
type stages map[string]stageEntries

type stageEntries struct {
	requests, responses []any
}

func (m model) stagesOf(n *node) (s stages, inherits bool) {
	staged, _ := m.option(n, "stagedTransformations")
	old, _ := m.option(n, "transformations")
	if staged == nil && old == nil {
		return nil, false
	}
	s = stages{}
	for _, name := range []string{"early", "regular", "postRouting"} {
		st := at(staged, name)
		s[name] = stageEntries{list(at(st, "requestTransforms")), list(at(st, "responseTransforms"))}
		if name == "regular" && st == nil && old != nil {
			s[name] = stageEntries{requests: []any{old}}
		}
	}
	inherits, _ = at(staged, "inheritTransformation").(bool)
	return s, inherits
}

// through follows a request through the innermost level that has transformations.
func (m model) through(r request, host, route, destination *node) outcome {
	var levels []*node
	if destination != nil {
		levels = append(levels, destination)
	}
	for n := route; n != nil; n = n.up {
		levels = append(levels, n)
	}
	levels = append(levels, host)

	total := stages{}
	excuse, inherited := "", false
	var ended *node // where inheritance does
	for _, n := range levels {
		s, inherits := m.stagesOf(n)
		if s == nil {
			continue
		}
		if excuse == "" {
			excuse = m.excuse(n, inherits, n.level == "route" && n != route)
		}
		inherited = inherited || inherits
		for name, e := range s {
			have := total[name]
			total[name] = stageEntries{slices.Concat(have.requests, e.requests), slices.Concat(have.responses, e.responses)}
		}
		if !inherits || n.level == "destination" && !m.destinationsInherit {
			ended = n
			break
		}
	}
	if s, _ := m.stagesOf(host); s == nil && ended == nil && excuse == "" {
		excuse = m.dangling(host)
	}

	o := outcome{name: unnamed, excuse: excuse}
	for _, name := range []string{"early", "regular", "postRouting"} {
		e := first(total[name].requests, r)
		effect, named := apart(e["requestTransformation"])
		switch {
		case named != unnamed:
			o.name = named
		case (name == "regular" || name == "early" && hasName(total["early"].requests)) && strings.HasPrefix(effect, "other: "):
			o.excuse = "no template"
		}
		responses := canonical(total[name].responses)
		if own := e["responseTransformation"]; own != nil {
			responses = canonical(own)
		}
		o.rest += fmt.Sprintf("%s: request %s, response %s, clears the route cache: %v\n", name, effect, responses, e["clearRouteCache"] == true)
	}
	if inherited && hasName(total["early"].requests) {
		o.excuse = namedTwice
	}
	if o.excuse == "" && m.early && (route.up != nil || m.takesOptions(host) || m.takesOptions(route)) {
		o.excuse = "named early, for another user or delegator"
	}
	tracing, _ := m.option(route, "tracing")
	if d := text(at(tracing, "routeDescriptor")); d != "" {
		o.name = "descriptor " + d
	}
	return o
}

// excuse says why requests at a level may stay without a name.
func (m model) excuse(n *node, inherits, delegates bool) string {
	staged, from := m.option(n, "stagedTransformations")
	if _, of := m.option(n, "transformations"); delegates || from == "delegator" || of == "delegator" {
		for up := n; up != nil; up = up.up {
			if tracing, _ := m.option(up, "tracing"); text(at(tracing, "routeDescriptor")) != "" {
				return "a descriptor names the spans of the route that delegates here"
			}
		}
	}
	switch {
	case n.level == "destination" && inherits:
		return "a weighted destination inherits, or does not"
	case staged == nil || at(staged, "regular") != nil:
		return ""
	case from == "delegator", delegates:
		return "a regular stage could hide a deprecated block of another route of the table"
	case from == "object" && m.delegated:
		return "a regular stage could hide a deprecated block of a RouteTable"
	case (from == "object" || n.up != nil) && m.deprecated:
		return "a regular stage could hide a deprecated block of another user or delegator"
	case from == "inline":
		return m.dangling(n)
	}
	return ""
}

func (m model) takesOptions(n *node) bool {
	return at(n.holder, "optionsConfigRefs") != nil
}

// dangling tells that an option object cannot be read.
func (m model) dangling(n *node) string {
	kind := "RouteOption "
	if n.level == "host" {
		kind = "VirtualHostOption "
	}
	for _, ref := range list(at(n.holder, "optionsConfigRefs", "delegateOptions")) {
		if m.objects[kind+text(at(ref, "name"))] == nil {
			return "an option object cannot be read"
		}
	}
	return ""
}
