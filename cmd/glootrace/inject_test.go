package main

import (
	"strings"
	"testing"
)

func TestInjectHeedsAnOptOutForWantOfQuotesAndSaysWhichItCanNotRead(t *testing.T) {
	const object = `apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata:
  name: a
  annotations:
    glootrace.dev/inject: WORD
spec:
  virtualHost:
    domains: [a]
`
	for word, said := range map[string]string{
		`"false"`: "",
		"false":   "",
		"off":     "",
		`"off"`:   "stdin:6: VirtualService default/a: glootrace.dev/inject: \"off\" says nothing to glootrace, and is ignored; write \"true\" or \"false\"\n",
	} {
		src := strings.Replace(object, "WORD", word, 1)
		out, stderr, code := glootrace(t, src, "inject", "-f", "-")
		if code != 0 || stderr != said || (out == src) != (said == "") {
			t.Errorf("%s: exit code %d, said %q, printed\n%s", word, code, stderr, out)
		}
	}
}
