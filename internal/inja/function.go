package inja

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/glootrace/glootrace/internal/gloo"
)

// anyNumber among a function's numbers of arguments stands for one or more.
const anyNumber = -1

// functions are the numbers of arguments that each function takes.
var functions = map[string][]int{
	// Inja's own.
	"at": {2}, "default": {2}, "divisibleBy": {2}, "even": {1}, "exists": {1}, "existsIn": {2}, "first": {1},
	"float": {1}, "int": {1}, "isArray": {1}, "isBoolean": {1}, "isFloat": {1}, "isInteger": {1}, "isNumber": {1},
	"isObject": {1}, "isString": {1}, "join": {2}, "last": {1}, "length": {1}, "lower": {1}, "max": {1}, "min": {1},
	"odd": {1}, "range": {1}, "round": {2}, "sort": {1}, "super": {0, 1}, "upper": {1},
	// envoy-gloo's.
	"base64_decode": {1}, "base64_encode": {1}, "base64url_decode": {1}, "base64url_encode": {1}, "body": {0},
	"clusterMetadata": {1}, "cluster_metadata": {anyNumber}, "context": {0}, "data_source": {1},
	"dynamic_metadata": {anyNumber}, "env": {1}, "extraction": {1}, "header": {1}, "host_metadata": {anyNumber},
	"raw_string": {1}, "replace_with_random": {2}, "request_header": {1}, "substring": {2, 3}, "trim": {1},
	"word_count": {1},
}

// bare are the functions that a name alone calls where no variable has that
// name: envoy-gloo's without arguments.
var bare = []string{"body", "context"}

// elsewhere are functions of Jinja and of earlier Inja that people look for.
var elsewhere = map[string]string{
	"capitalize": "Inja has none to change a word's first letter",
	"replace":    "Inja has none to replace text",
	"split":      "Inja has none to split text",
	"concat":     `write "a" + "b"`,
	"contains":   `write "a" in list`,
	"len":        "did you mean length?",
	"count":      "did you mean length?",
	"strip":      "did you mean trim?",
	"tolower":    "did you mean lower?",
	"toupper":    "did you mean upper?",
}

// checkCall says what is wrong with a call, or nothing.
func checkCall(name string, arguments int) string {
	takes, ok := functions[name]
	switch {
	case !ok:
		return unknownFunction(name)
	case slices.Contains(takes, arguments), arguments > 0 && slices.Contains(takes, anyNumber):
		return ""
	default:
		return fmt.Sprintf("%s takes %s, got %d", name, numbers(takes), arguments)
	}
}

func unknownFunction(name string) string {
	text := "no function " + gloo.Shorten(name, maxQuoted)
	if hint, ok := elsewhere[strings.ToLower(name)]; ok {
		return text + "; " + hint
	}
	if len(name) <= maxQuoted {
		if near := gloo.Nearest(name, slices.Sorted(maps.Keys(functions))); near != "" {
			return text + "; did you mean " + near + "?"
		}
	}
	return text
}

// numbers says in words how many arguments are taken.
func numbers(takes []int) string {
	switch {
	case takes[0] == anyNumber:
		return "1 argument or more"
	case len(takes) == 2:
		return fmt.Sprintf("%d or %s", takes[0], count(takes[1]))
	default:
		return count(takes[0])
	}
}

func count(n int) string {
	switch n {
	case 0:
		return "no arguments"
	case 1:
		return "1 argument"
	default:
		return fmt.Sprintf("%d arguments", n)
	}
}
