package mutate

import (
	"encoding/json"
	"strings"

	"github.com/glootrace/glootrace/internal/gloo"
)

// routeName is the name of a route's spans by its matchers, such as GET /api/pets
// or /api* for a prefix. It has none if it has several that differ: the name is
// that of a route, not of a request.
func routeName(route gloo.Value) (template string, ok bool) {
	names := map[string]bool{}
	for _, m := range gloo.RouteMatchers(route) {
		names[m.Name()] = true
		template = literal(m.Name())
	}
	return template, len(names) == 1
}

// literal is an Inja template that renders a text.
func literal(text string) string {
	if !strings.ContainsAny(text, "{#") {
		return text
	}
	quoted, _ := json.Marshal(text) // a string can not fail
	return "{{ " + string(quoted) + " }}"
}

// byRoute are entries that name the spans of a virtual host's routes: in the
// routes' order and with their matchers, so that the first that matches is the
// route's own. complete tells that one of them is for all requests.
func (n naming) byRoute(host *gloo.Options) (entries []any, complete bool) {
	for _, route := range host.Holder.Child("routes").Items() {
		for _, m := range gloo.RouteMatchers(route) {
			if m.MatchesAll() {
				return append(entries, entry(literal(m.Name()))), true
			}
			var matcher any
			if !m.IsMap() || json.Unmarshal([]byte(m.Raw()), &matcher) != nil {
				return entries, false // a mistake that validation reports
			}
			entry := entry(literal(m.Name()))
			entry["matcher"] = matcher
			entries = append(entries, entry)
		}
	}
	return entries, false
}

// rest are entries for the requests that no other entry of a stage is for.
func (n naming) rest(place *gloo.Options) []any {
	if n.byRoutes && place.Level == gloo.HostLevel {
		entries, complete := n.byRoute(place)
		if !complete {
			entries = append(entries, entry(n.template))
		}
		return entries
	}
	return []any{entry(n.nameOf(place))}
}

// nameOf is the template of the name of a place's spans.
func (n naming) nameOf(place *gloo.Options) string {
	if place.Level == gloo.DestinationLevel {
		place = place.Parent
	}
	if isRoute := place.Level == gloo.RouteLevel && !n.object.Is(gloo.RouteOption); n.byRoutes && isRoute {
		if name, ok := routeName(place.Holder); ok {
			return name
		}
	}
	return n.template
}
