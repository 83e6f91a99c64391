package mutate_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/inja"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/mutate"
)

func TestSpansAreNamedByTheRouteThatMatches(t *testing.T) {
	const routes = `[
		{"matchers":[{"exact":"/login","methods":["GET","POST"]}]},
		{"matchers":[{"prefix":"/api/pets"},{"prefix":"/api/dogs"}]},
		{"matchers":[{"prefix":"/odd/{{x}}/{#"}]},
		{"matchers":[{"prefix":"/api"}],"delegateAction":{"ref":{"name":"api","namespace":"n"}}}%s]`
	for _, c := range []struct {
		routes, method, path, want string
	}{
		{routes, "GET", "/login", "GET,POST /login"},
		{routes, "PUT", "/login", `{{header("Host")}}`},
		{routes, "GET", "/api/pets/7", "/api/pets*"},
		{routes, "GET", "/api/dogs/7", "/api/dogs*"},
		{routes, "GET", "/api/cats", "/api*"},
		{routes, "GET", "/odd/{{x}}/{#/x", "/odd/{{x}}/{#*"},
		{routes, "GET", "/", `{{header("Host")}}`},
		{fmt.Sprintf(routes, `,{"matchers":[{"prefix":"/"}]},{"matchers":[{"prefix":"/late"}]}`), "GET", "/late", "/*"},
		{fmt.Sprintf(routes, `,{}`), "GET", "/x", "/*"},
	} {
		written := c.routes
		if written == routes {
			written = fmt.Sprintf(routes, "")
		}
		pol := policy.Default()
		pol.SpanName.Strategy = policy.ByRoute
		o, err := gloo.Decode([]byte(`{"apiVersion":"gateway.solo.io/v1","kind":"VirtualService","metadata":{},"spec":{"virtualHost":{"routes":` + written + `}}}`))
		if err != nil {
			t.Fatal(err)
		}
		var after obj
		if err := json.Unmarshal(apply(t, o, mutate.Object(o, pol, refs.FromObjects(nil, true))).Raw(), &after); err != nil {
			t.Fatal(err)
		}
		entries := list(at(after, "spec", "virtualHost", "options", "stagedTransformations", "regular", "requestTransforms"))
		_, name := apart(first(entries, request{c.method, c.path, ""})["requestTransformation"])
		if tmpl, problems := inja.Parse(name, inja.Options{}); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		} else if text, ok := tmpl.Constant(); ok {
			name = text
		}
		if name != c.want {
			t.Errorf("%s %s is named %s, want %s\n%s", c.method, c.path, name, c.want, canonical(entries))
		}
	}
}

// Of regexes nobody can tell which requests they share: of thousands, each would be compared with each.
func TestRoutesThatAreTooManyToCompare(t *testing.T) {
	pol := policy.Default()
	pol.SpanName.Strategy = policy.ByRoute
	for n, last := range map[int]string{50: "/a0, /a1, /a10 and 47 more routes", 1000: "many routes"} {
		var routes, entries []string
		for i := range n {
			routes = append(routes, fmt.Sprintf(`{"matchers":[{"regex":"/a%d"}]}`, i))
			entries = append(entries, fmt.Sprintf(`{"matcher":{"regex":"/b%d"}}`, i))
		}
		o := decoded(t, `{"apiVersion":"gateway.solo.io/v1","kind":"VirtualService","metadata":{"name":"a"},"spec":{"virtualHost":{
			"options":{"stagedTransformations":{"regular":{"requestTransforms":[`+strings.Join(entries, ",")+`]}}},"routes":[`+strings.Join(routes, ",")+`]}}}`)
		known := refs.FromObjects(nil, true)
		result := mutate.Object(o, pol, known)
		said := map[string]string{}
		for _, note := range result.Notes {
			said[note.Path.String()] = note.Message
		}
		for i, routes := range map[int]string{0: fmt.Sprintf("/a0, /a1, /a10 and %d more routes", n-3), n - 1: last} {
			at := fmt.Sprintf("spec.virtualHost.options.stagedTransformations.regular.requestTransforms[%d]", i)
			if !strings.Contains(said[at], "requests of "+routes+" may run this entry") {
				t.Errorf("%d: of entry %d: %q", n, i, said[at])
			}
		}
		if again := mutate.Object(apply(t, o, result), pol, known); len(again.Patch) > 0 {
			t.Errorf("%d: added again: %d operations", n, len(again.Patch))
		}
	}
}
