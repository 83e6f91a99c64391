package gloo_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWhichEntryMatchesWhatARouteDoes(t *testing.T) {
	for route, want := range map[string]string{
		`{"prefix":"/a"}`: `{"prefix":"/a"}`,
		`{"exact":"/a","caseSensitive":true,"methods":["GET"],"headers":[{"name":"x","value":"2"}],"queryParameters":[{"name":"q"}]}`: `{"exact":"/a","headers":[{"name":"x","value":"2"}],"methods":["GET"],"queryParameters":[{"name":"q"}]}`,
		`{"prefix":"/a","exact":null}`:              `{"prefix":"/a"}`,
		`{"prefix":"/a.B-1","caseSensitive":false}`: `{"regex":"/[aA]\\.[bB]-1.*"}`,
		`{"exact":"/a|b","caseSensitive":false}`:    `{"regex":"/[aA]\\|[bB]"}`,
		`{"prefix":"/É","caseSensitive":false}`:     "",
		`{"prefix":"/É"}`:                           `{"prefix":"/É"}`,
		`{"prefix":"/a?b="}`:                        "",
		`{"prefix":"/a","exact":"/a"}`:              "",
		`{"prefix":"/a","later":{}}`:                "",
		`{"connectMatcher":{}}`:                     "",
		`{"methods":["GET"]}`:                       "",
		`{}`:                                        "",
		`null`:                                      "",
		`"/a"`:                                      "",
		`{"prefix":7}`:                              "",
		`{"regex":"^/v[0-9]+/(pets|dogs)(?:/[^/]*)?\\.html[a-z_-]{2}$"}`: `{"regex":"^/v[0-9]+/(pets|dogs)(?:/[^/]*)?\\.html[a-z_-]{2}$"}`,
		`{"regex":"(?i)/a"}`:                              "",
		`{"regex":"/a(?P<n>.)"}`:                          "",
		`{"regex":"/\\pL"}`:                               "",
		`{"regex":"/\\x41"}`:                              "",
		`{"regex":"/a\\z"}`:                               "",
		`{"regex":"/[[:alpha:]]"}`:                        "",
		`{"regex":"/[]a]"}`:                               "",
		`{"regex":"/{x}"}`:                                "",
		`{"regex":"/a**"}`:                                "",
		`{"regex":"/(a"}`:                                 "",
		`{"regex":"/` + strings.Repeat("a", 1<<16) + `"}`: "", // too long to look at
	} {
		matcher, ok := matcherOf(t, route).ForEntry()
		got := ""
		if ok {
			raw, err := json.Marshal(matcher)
			if err != nil {
				t.Fatal(err)
			}
			got = string(raw)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", route, got, want)
		}
	}
}
