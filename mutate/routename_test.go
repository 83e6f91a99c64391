package mutate_test

import (
	"encoding/json"
	"fmt"
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
