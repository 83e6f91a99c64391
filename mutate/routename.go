package mutate

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// literal is an Inja template that renders a text.
func literal(text string) string {
	if !strings.ContainsAny(text, "{#") {
		return text
	}
	quoted, _ := json.Marshal(text) // a string can not fail
	return "{{ " + string(quoted) + " }}"
}

// routes are the matchers of the routes whose requests pass a place's
// transformations, in the order in which Gloo asks them; none if spans are not
// named by routes, or if which routes these are is written in other objects.
func (n naming) routes(place *gloo.Options) *routes {
	switch {
	case !n.byRoutes, n.object.Is(gloo.RouteOption), n.object.Is(gloo.VirtualHostOption):
		place = nil
	case place.Level == gloo.DestinationLevel:
		place = place.Parent
	}
	if n.asked.routes == nil || n.asked.of != place { // which the destinations of a route ask for, one after the other
		n.asked.of, n.asked.routes = place, n.passing(place)
	}
	return n.asked.routes
}

// asked are the routes of a place.
type asked struct {
	of     *gloo.Options
	routes *routes
}

func (n naming) passing(place *gloo.Options) *routes {
	r := &routes{compared: n.compared}
	var requests []*gloo.Requests
	add := func(route gloo.Value, elsewhere bool) {
		for _, m := range gloo.RouteMatchers(route) {
			requests = append(requests, m.Requests())
			r.all = append(r.all, passing{Matcher: m, name: m.Name(), elsewhere: elsewhere})
		}
	}
	switch {
	case place == nil:
	case place.Level == gloo.RouteLevel:
		if !place.InheritsPath() {
			add(place.Holder, false)
		}
	default:
		for route := range n.object.AllOptions() {
			if route.Level == gloo.RouteLevel {
				own := route.Transformations()
				add(route.Holder, own.Exist() && !own.Inherit() && !route.Delegates(n.object).Exists())
			}
		}
	}
	r.by = gloo.NewByPath(requests)
	r.connects = slices.IndexFunc(r.all, func(p passing) bool { return p.Connects() && !p.elsewhere })
	n.compared.allow(len(r.all))
	return r
}

// passing is one matcher of a route. Requests that meet it pass elsewhere if the
// route has transformations of its own in place of its virtual host's.
type passing struct {
	gloo.Matcher
	name      string
	elsewhere bool
	entry     *entryOf // nil if it is not made yet
}

// entryOf is the entry by a matcher, if there can be one.
type entryOf struct {
	entry map[string]any
	ok    bool
}

// routes are those whose requests pass one place.
type routes struct {
	all      []passing
	by       gloo.ByPath
	connects int // the first for requests of the method CONNECT, -1 if there is none
	compared *comparisons
	// entries are those of all routes for who has none of his own, once they are made.
	entries []any
}

// comparisons are how many matchers may still be compared. Most are found by their
// paths, but thousands of regexes, or of one path with other headers each, are not.
type comparisons struct{ left int }

// allow allows the comparisons for so many matchers more, unless there were too many before.
func (c *comparisons) allow(matchers int) {
	if each := 100; c.left >= 0 {
		c.left += each * matchers
	}
}

// take tells whether so many may be made.
func (c *comparisons) take(n int) bool {
	c.left = max(c.left-n, -1)
	return c.left >= 0
}

// among are the names of the routes, from one on, whose requests may be among those of
// an entry, and not of one before it.
func (r *routes) among(from int, entry *gloo.Requests, before *gloo.Taken) (found names) {
	near, ok := r.by.Near(entry, r.compared.left)
	if !ok {
		r.compared.left = -1
	}
	if !r.compared.take(len(near)) {
		return names{many: true}
	}
	for _, i := range near {
		route, requests := r.all[i], r.by.Requests(i)
		switch {
		case i < from:
			continue
		case !route.elsewhere && !entry.Exclude(requests) && before.By(requests) < 0:
			found.all = append(found.all, route.name)
		}
		if requests.Include(entry) {
			break // none is left for the routes behind it
		}
	}
	slices.Sort(found.all)
	found.all = slices.Compact(found.all)
	return found
}

// entry is the entry by the matcher of a route; ok is false if no entry can have that.
func (r *routes) entry(i int) (byRoute map[string]any, ok bool) {
	route := &r.all[i]
	if route.entry == nil {
		matcher, ok := route.ForEntry()
		route.entry = &entryOf{entry(literal(route.name)), ok}
		route.entry.entry["matcher"] = matcher
	}
	return route.entry.entry, route.entry.ok
}

// names are those of routes: sorted, each once. They are many if there are too many to
// compare.
type names struct {
	all  []string
	many bool
}

// one is the name if there is just one.
func (n names) one() (name string, is bool) {
	if n.many || len(n.all) != 1 {
		return "", false
	}
	return n.all[0], true
}

func (n names) none() bool { return !n.many && len(n.all) == 0 }

func (n names) several() bool { return n.many || len(n.all) > 1 }

// String is for people: all, or the first of many.
func (n names) String() string {
	const shown = 3
	if n.many {
		return "many routes"
	}
	if more := len(n.all) - shown; more > 1 {
		return strings.Join(n.all[:shown], ", ") + " and " + strconv.Itoa(more) + " more routes"
	}
	return strings.Join(n.all, ", ")
}

// notByRoute is where requests have the template's name for want of their route's:
// at an entry that runs for several routes, or at a matcher that no entry can have.
type notByRoute struct {
	rule   finding.Rule
	at     *gloo.Path
	values []string
}

// noteNotByRoute notes these places, each once.
func (p *patch) noteNotByRoute() {
	noted := map[string]bool{}
	for _, n := range p.notByRoute {
		if at := n.at.Pointer(); !noted[at] {
			noted[at] = true
			p.notes.Add(n.rule, n.at, n.values...)
		}
	}
}

// rest are entries for the requests that a stage's own entries are not for. By
// route there is one for each matcher, in the routes' order, so that the first
// that matches is the route's own; at last comes one for whatever is left. That
// takes the requests of all routes from one on whose matcher no entry can have:
// an entry for a route behind it would take its requests too.
func (n naming) rest(place *gloo.Options, before gloo.Taken) []any {
	routes := n.routes(place)
	switch {
	case n.full():
		return nil
	case !before.None():
		return n.entriesOf(routes, place, before)
	}
	if routes.entries == nil { // the same for all destinations of a route
		routes.entries = n.entriesOf(routes, place, before)
	}
	return routes.entries
}

func (n naming) entriesOf(routes *routes, place *gloo.Options, before gloo.Taken) (entries []any) {
	all := gloo.Matcher{}.Requests()
	if name, one := routes.among(0, all, &gloo.Taken{}).one(); place.Level != gloo.HostLevel && one {
		return []any{n.entry(literal(name))}
	}
	not := func(at *gloo.Path, from int, reason, fix string) {
		names := routes.among(from, all, &before)
		n.notByRoute = append(n.notByRoute, notByRoute{finding.NotByMatcher, at, []string{"reason", reason, "routes", names.String(), "fix", fix}})
	}
	asked := routes.all
	switch n.compared.allow(1); {
	case routes.connects >= 0:
		not(asked[routes.connects].Path, 0, "a request of the method CONNECT has no path, and Envoy would end on looking at it for an entry's matcher", "a VirtualService of its own for CONNECT")
		asked = nil
	case !n.compared.take(len(asked)):
		not(place.Holder.Path, 0, "there are too many matchers to compare", "make several objects of it")
		asked = nil
	}
	for i, route := range asked {
		if route.MatchesAll() && !route.elsewhere {
			return append(entries, n.entry(literal(route.name)))
		}
		requests := routes.by.Requests(i)
		if !route.elsewhere && before.By(requests) < 0 {
			byRoute, ok := routes.entry(i)
			if !ok {
				not(route.Path, i, "no entry of transformations surely matches what a route's matcher "+route.String()+" does",
					"a prefix, an exact path, or a regex without what RE2 has of its own")
				break
			}
			entries = append(entries, byRoute)
		}
		before.Add(requests)
	}
	return append(entries, n.entry(n.template))
}
