package validate

import (
	"strings"
	"testing"
)

// regexes are read as C++'s std::regex (libc++), which Envoy uses, reads them.
var regexes = []struct {
	regex  string
	groups int
	bad    bool
}{
	{regex: ``}, {regex: `.*`}, {regex: `a|b|`}, {regex: `a{2,3}?b{2}`}, {regex: `a*?b+?c??`}, {regex: `\(\[\)`},
	{regex: `(a)(b(c))`, groups: 3},
	{regex: `(?:a)(?=b)(?!c)(d)`, groups: 1},
	{regex: `[(]([^)]*)[)]`, groups: 1},
	{regex: `[[:alpha:])(]+(x)`, groups: 1},
	{regex: `[\](]`}, {regex: `^$`}, {regex: `(a)\1`, groups: 1}, {regex: `()`, groups: 1}, {regex: `[^/]+/(é+)`, groups: 1},
	{regex: `(a`, bad: true}, {regex: `a)`, bad: true}, {regex: `[a`, bad: true}, {regex: `a\`, bad: true}, {regex: `[a\`, bad: true},
	{regex: `*a`, bad: true}, {regex: `(+)`, bad: true}, {regex: `a|?`, bad: true}, {regex: `a**`, bad: true}, {regex: `a*??`, bad: true},
	{regex: `(?i)a`, bad: true}, {regex: `(?<name>a)`, bad: true}, {regex: `(?P<name>a)`, bad: true}, {regex: `(?`, bad: true},
	{regex: `[[:alpha:`, bad: true},
}

func TestRegexesAreReadAsEnvoyReadsThem(t *testing.T) {
	for _, c := range regexes {
		groups, problem := groupsOf(c.regex)
		if groups != c.groups || (problem != "") != c.bad {
			t.Errorf("%s: %d groups, %q", c.regex, groups, problem)
		}
	}
}

func FuzzRegexesCostNoPanic(f *testing.F) {
	for _, r := range regexes {
		f.Add(r.regex)
	}
	f.Fuzz(func(t *testing.T, regex string) {
		if groups, _ := groupsOf(regex); groups < 0 || groups > len(regex) {
			t.Errorf("%q has %d groups", regex, groups)
		}
		takesAnything(regex, 1)
	})
}

func TestAGroupThatTakesAnythingIsTold(t *testing.T) {
	for _, c := range []struct {
		regex string
		group int
		want  bool
	}{
		{`.*`, 0, true}, {`^/api/(.+)$`, 1, true}, {`^/(api|shop)/.*$`, 1, false}, {`^/(api|shop)/.*$`, 0, true},
		{`^/([^/]+)/.*$`, 1, false}, {`^/((.*)x)$`, 1, true}, {`(.)`, 1, false}, {`(a)`, 2, false}, {`(?!x)(.*)`, 1, false},
		{strings.Repeat("a", longRegex) + ".*", 0, false}, {strings.Repeat("[[:", 1<<18), 0, false}, // minutes, for Go's parser
	} {
		if got := takesAnything(c.regex, c.group); got != c.want {
			t.Errorf("group %d of %s: %v", c.group, c.regex, got)
		}
	}
}
