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

// passing are the matchers of the routes whose requests pass a place's
// transformations, in the order in which Gloo asks them; none if spans are not
// named by routes, or if which routes these are is written in other objects.
func (n naming) passing(place *gloo.Options) (routes []passing) {
	switch {
	case !n.byRoutes, n.object.Is(gloo.RouteOption), n.object.Is(gloo.VirtualHostOption):
		return nil
	case place.Level == gloo.DestinationLevel:
		place = place.Parent
	}
	add := func(route gloo.Value, elsewhere bool) {
		for _, m := range gloo.RouteMatchers(route) {
			routes = append(routes, passing{m, m.Requests(), elsewhere})
		}
	}
	if place.Level == gloo.RouteLevel {
		if !place.InheritsPath() {
			add(place.Holder, false)
		}
		return routes
	}
	for route := range n.object.AllOptions() {
		if route.Level == gloo.RouteLevel {
			own := route.Transformations()
			add(route.Holder, own.Exist() && !own.Inherit() && !route.Delegates(n.object).Exists())
		}
	}
	return routes
}

// passing is one matcher of a route. Requests that meet it pass elsewhere if the
// route has transformations of its own in place of its virtual host's.
type passing struct {
	gloo.Matcher
	requests  *gloo.Requests
	elsewhere bool
}

// among are the names of the routes whose requests may be among those of an
// entry, and not of one before it: sorted, each once.
func among(routes []passing, entry *gloo.Requests, before *gloo.Taken) (names []string) {
	for _, route := range routes {
		if !route.elsewhere && !entry.Exclude(route.requests) && before.By(route.requests) < 0 {
			names = append(names, route.Name())
		}
		if route.requests.Include(entry) {
			break // none is left for the routes behind it
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
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

// several are names for people: all, or the first of many.
func several(names []string) string {
	const shown = 3
	if more := len(names) - shown; more > 1 {
		return strings.Join(names[:shown], ", ") + " and " + strconv.Itoa(more) + " more routes"
	}
	return strings.Join(names, ", ")
}

// rest are entries for the requests that a stage's own entries are not for. By
// route there is one for each matcher, in the routes' order, so that the first
// that matches is the route's own; at last comes one for whatever is left. That
// takes the requests of all routes from one on whose matcher no entry can have:
// an entry for a route behind it would take its requests too.
func (n naming) rest(place *gloo.Options, before gloo.Taken) (entries []any) {
	routes := n.passing(place)
	all := gloo.Matcher{}.Requests()
	if names := among(routes, all, &gloo.Taken{}); place.Level != gloo.HostLevel && len(names) == 1 {
		return []any{n.entry(literal(names[0]))}
	}
	connects := slices.IndexFunc(routes, func(r passing) bool { return r.Connects() && !r.elsewhere })
	if connects >= 0 {
		n.notByRoute = append(n.notByRoute, notByRoute{finding.NotByMatcher, routes[connects].Path, []string{
			"reason", "a request of the method CONNECT has no path, and Envoy would end on looking at it for an entry's matcher",
			"routes", several(among(routes, all, &before)), "fix", "a VirtualService of its own for CONNECT"}})
		routes = nil
	}
	for i, route := range routes {
		if route.MatchesAll() && !route.elsewhere {
			return append(entries, n.entry(literal(route.Name())))
		}
		if !route.elsewhere && before.By(route.requests) < 0 {
			matcher, ok := route.ForEntry()
			if !ok {
				n.notByRoute = append(n.notByRoute, notByRoute{finding.NotByMatcher, route.Path, []string{
					"reason", "no entry of transformations surely matches what a route's matcher " + route.String() + " does",
					"routes", several(among(routes[i:], all, &before)), "fix", "a prefix, an exact path, or a regex without what RE2 has of its own"}})
				break
			}
			byRoute := entry(literal(route.Name()))
			byRoute["matcher"] = matcher
			entries = append(entries, byRoute)
		}
		before.Add(route.requests)
	}
	return append(entries, n.entry(n.template))
}
