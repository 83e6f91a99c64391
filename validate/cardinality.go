package validate

import (
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/inja"
)

// unbounded are headers whose values are other ones for nearly each request.
var unbounded = []string{
	":path", "x-envoy-original-path", "referer", "x-request-id", "traceparent", "tracestate", "x-b3-traceid", "x-b3-spanid", "b3",
	"x-forwarded-for", "x-real-ip", "x-envoy-external-address", "cookie", "authorization", "date", "x-request-start",
}

// cardinality reports a span's name that is another for nearly each request.
func (c check) cardinality(text gloo.Inja, parsed inja.Template, known extractors) {
	var sources []string
	printed := map[string]bool{} // the extractors
	for _, call := range parsed.Calls {
		if !call.Printed {
			continue
		}
		argument, _ := call.Text(0)
		switch call.Function {
		case "header", "request_header":
			if slices.Contains(unbounded, strings.ToLower(argument)) {
				sources = append(sources, "the header "+strings.ToLower(argument))
			}
		case "body", "context":
			sources = append(sources, "the body")
		case "replace_with_random":
			sources = append(sources, "a random text")
		case "extraction":
			printed[argument] = true
		}
	}
	for _, v := range parsed.Variables {
		if v.Printed && !known.advanced {
			printed[v.Name] = true
		}
	}
	for name := range printed {
		sources = append(sources, extracted(known, name)...)
	}
	if len(sources) > 0 {
		slices.Sort(sources)
		c.Add(finding.UnboundedName, text.Path, "source", strings.Join(slices.Compact(sources), " and "))
	}
}

// extracted is what an extractor takes its value from, if it takes so much that
// there is no end to its values.
func extracted(known extractors, name string) []string {
	e, ok := known.declared[name]
	if !ok || e.Mode() != gloo.Extract || !slices.Contains(unbounded, strings.ToLower(e.Header())) {
		return nil
	}
	subgroup, _ := e.Subgroup().Number()
	if !takesAnything(e.Regex().Text(), int(subgroup)) {
		return nil
	}
	return []string{"what extractor " + name + " takes of the header " + strings.ToLower(e.Header())}
}

// longRegex is longer than any that somebody wrote by hand. Go's parser takes
// time with the square of the length, for "[[:[[:[[:" and so on.
const longRegex = 1 << 10

// takesAnything tells whether a group of a regex, 0 for all of it, takes any
// number of any characters. A regex that Go cannot read, or that is too long, is
// let pass.
func takesAnything(regex string, group int) bool {
	if len(regex) > longRegex {
		return false
	}
	parsed, err := syntax.Parse(regex, syntax.Perl)
	if err != nil {
		return false
	}
	stack := []*syntax.Regexp{parsed}
	for len(stack) > 0 {
		r := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if group > 0 {
			if r.Op == syntax.OpCapture && r.Cap == group {
				group, stack = 0, r.Sub
				continue
			}
		} else if r.Op == syntax.OpStar || r.Op == syntax.OpPlus {
			if op := r.Sub[0].Op; op == syntax.OpAnyChar || op == syntax.OpAnyCharNotNL {
				return true
			}
		}
		stack = append(stack, r.Sub...)
	}
	return false
}
