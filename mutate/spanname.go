package mutate

import (
	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

// spanName names the spans of an object's virtual host and routes, so that each
// request that passes has a name, and nothing else about any request changes:
// the same entry of each stage runs as before, and does what it did.
func spanName(p *patch, pol policy.Policy, known refs.Reader) {
	n := naming{p, pol.SpanName.Template, pol.SpanName.Strategy == policy.ByRoute, keepsLists(p.object, pol), newTree(p.object, known), shareable{}, &asked{}, &comparisons{}}
	if v := pol.GlooVersion(); !v.HasSpanTransformer() {
		tried := &patch{object: p.object, notes: finding.NewReport(p.object)}
		n.patch = tried
		for place := range p.object.AllOptions() {
			if n.name(place); len(tried.operations) > 0 {
				p.notes.Add(finding.NoSpanNames, place.Holder.Path, "version", v.String())
				return
			}
		}
		return
	}
	for place := range p.object.AllOptions() {
		n.name(place)
	}
}

// naming names the spans of one object's places.
type naming struct {
	*patch
	template string
	byRoutes bool
	// keep says why lists that the user wrote are to stay as they are, empty if they need not.
	keep string
	tree *tree
	made shareable
	// asked are the routes that were asked for last, and compared what may still be compared.
	asked    *asked
	compared *comparisons
}

// shareable are values that thousands of places are given, made once. They do not change.
type shareable map[[2]string]map[string]any

func (s shareable) get(what, name string, make func(name string) map[string]any) map[string]any {
	key := [2]string{what, name}
	if s[key] == nil {
		s[key] = make(name)
	}
	return s[key]
}

func (n naming) entry(name string) any { return n.made.get("entry", name, entry) }

// keepsLists says why the Policy wants the lists of an object left as they are.
func keepsLists(o gloo.Object, pol policy.Policy) string {
	switch pol.SpanName.ExistingTransforms {
	case policy.Patch:
		return ""
	case policy.WarnOnly:
		return "the Policy's spanName.existingTransforms is warn"
	}
	if mark, tracked := o.ArgoTracks(); tracked {
		return "the object counts as tracked by Argo CD (" + mark + "), which takes a list that is changed for drift"
	}
	return ""
}

// put adds a value at a path, unless that is in a list which is to be kept.
func (n naming) put(path *gloo.Path, value any) (put bool) {
	if n.keep != "" && path.InList() {
		n.notes.Add(finding.NotInList, path.Parent(), "reason", n.keep, "where", "write there", finding.Snippet, n.snippet(map[string]any{path.Name(): value}))
		return false
	}
	n.add(SpanNameTemplate, path, value)
	return true
}

// maxSnippets is more than anybody copies from the notes on one object, in bytes.
const maxSnippets = 1 << 20

// snippet is a value as it can be written in a file.
func (n naming) snippet(value any) string {
	if n.told > maxSnippets {
		return "…"
	}
	text := document.Flow(value)
	n.told += len(text)
	return text
}

// last adds entries for all other requests to the end of a stage's list.
func (n naming) last(place *gloo.Options, stage gloo.Stage) {
	requests := stage.RequestList()
	if !requests.Exists() {
		n.put(requests.Path, n.rest(place, gloo.Taken{}))
		return
	}
	var before gloo.Taken
	for _, e := range stage.Requests() {
		before.Add(e.Matcher().Requests())
	}
	switch rest := n.rest(place, before); {
	case n.keep == "":
		n.append(SpanNameTemplate, requests, rest...)
	case len(rest) == 1:
		n.notes.Add(finding.NotInList, requests.Path, "reason", n.keep, "where", "write at its end", finding.Snippet, "- "+n.snippet(rest[0]))
	default:
		n.notes.Add(finding.NotInList, requests.Path, "reason", n.keep, "where", "write at its end the items of", finding.Snippet, n.snippet(rest))
	}
}

// name names the spans at one place of options.
func (n naming) name(place *gloo.Options) {
	own := place.Transformations()
	switch {
	case !own.Exist():
		if n.object.Is(gloo.VirtualService) && place.Level == gloo.HostLevel {
			n.untransformed(place)
		}
		return // routes have their virtual host's, option objects what they were written for
	case n.tree.described(place): // that name wins
		if regular := own.Regular(); !regular.Exists() && n.tree.hidesDeprecated(place) {
			n.yields = append(n.yields, regular.Path)
		}
		return
	case n.tree.namedEarly(place):
		n.early(place, own)
		return
	}
	stage := own.Regular()
	n.entries(place, stage)
	if own.DeprecatedIgnored() && n.tree.handsOn(place) { // it counts where the other is hidden
		n.entries(place, gloo.Stage{Value: own.Deprecated, Name: gloo.Regular, Deprecated: true})
	}
	switch {
	case stage.Deprecated, stage.CatchAll() >= 0:
	case own.Inherit() && place.Level != gloo.HostLevel: // the parent's entries follow
	case stage.Exists():
		n.last(place, stage)
	default:
		n.otherStages(place, stage)
	}
}

// untransformed names the spans of a virtual host that has no transformations
// of its own. If it takes them from an option object, they have to stay in
// force, and get the name where they are.
func (n naming) untransformed(host *gloo.Options) {
	for ref := range host.OptionObjects() {
		transformations, read := n.tree.of(ref)
		switch {
		case !read:
			n.unread(host, ref)
			return
		case transformations.Exist():
			n.yields = append(n.yields, host.Transformations().Staged.Path)
			return
		}
	}
	n.put(host.Transformations().Staged.Child(gloo.Regular, "requestTransforms").Path, n.rest(host, gloo.Taken{}))
}

// otherStages names the spans where there are other stages than the regular
// one. That one may be in a deprecated block elsewhere, which has no effect any
// more once there is another.
func (n naming) otherStages(place *gloo.Options, regular gloo.Stage) {
	for ref := range place.OptionObjects() {
		if _, read := n.tree.of(ref); !read {
			n.unread(place, ref)
			return
		}
	}
	if n.tree.hidesDeprecated(place) {
		n.yields = append(n.yields, regular.Path)
		n.notes.Add(finding.NotNamed, regular.Path.Parent(), "reason", "a regular stage here would hide a transformations block elsewhere that counts with these options",
			"fix", "move that block into stagedTransformations.regular")
		return
	}
	n.put(regular.RequestList().Path, n.rest(place, gloo.Taken{}))
}

// entries names the spans of the requests that a stage's entries run for. One
// of them runs for each request, the first that matches. By route, an entry for
// requests of one route is named by that; one for several can not tell them apart.
func (n naming) entries(place *gloo.Options, stage gloo.Stage) {
	routes := n.routes(place)
	var before gloo.Taken
	for _, e := range stage.Requests() {
		requests := e.Matcher().Requests()
		if before.By(requests) >= 0 {
			continue // it never runs
		}
		n.compared.allow(1)
		names, name := routes.among(0, requests, &before), n.template
		if one, is := names.one(); is {
			name = literal(one)
		}
		before.Add(requests)
		request, put := e.Request(), false
		switch e.Carries() {
		case gloo.Unnamed:
			put = n.put(request.Template().SpanTransformer().Path, n.made.get("spanTransformer", name, spanTransformer))
		case gloo.WithoutRequest:
			put = n.put(request.Path, n.made.get("transformation", name, transformation))
		case gloo.CannotCarry:
			is := "a transformation without a type"
			if t := request.Type(); t != "" {
				is = t
			}
			n.notes.Add(finding.NotNamed, request.Path, "reason", is+" cannot name spans, and a template beside it would be dropped or win",
				"fix", "routeDescriptor in the route's tracing, or a transformationTemplate instead")
		}
		switch by := (notByRoute{finding.NotByRoute, e.Path, []string{"routes", names.String()}}); {
		case put && names.several():
			n.notByRoute = append(n.notByRoute, by)
		case names.none() || request.Template().SpanName().Text() != n.template:
		case n.owns(e.Path):
			n.outdated = append(n.outdated, by)
		case n.wasEdited(stage.RequestList().Path): // and so it is not made anew
			n.notByRoute = append(n.notByRoute, by)
		}
	}
}

func (n naming) unread(place *gloo.Options, ref gloo.OptionRef) {
	if n.tree.known.Partial() {
		n.notes.Add(finding.OptionsNotGiven, place.Holder.Path, "ref", string(ref.Kind)+" "+ref.Ref.String())
		return
	}
	n.notes.Add(finding.NotNamed, place.Holder.Path, "reason", string(ref.Kind)+" "+ref.Ref.String()+" cannot be read, and an inline block would hide transformations in it",
		"fix", "give or apply it, then this object again")
}

// entry is an entry for all requests that does nothing but name the span.
func entry(name string) map[string]any {
	return map[string]any{"requestTransformation": transformation(name)}
}

// transformation does nothing but name the span. Without passthrough Envoy would
// buffer each body and parse it as JSON, and answer 400 to one that is not.
func transformation(name string) map[string]any {
	return map[string]any{gloo.TemplateType: map[string]any{
		"passthrough":     map[string]any{},
		"spanTransformer": spanTransformer(name),
	}}
}

func spanTransformer(name string) map[string]any {
	return map[string]any{"name": map[string]any{"text": name}}
}
