package policy

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/gloo"
)

// begins is where a Policy says that it is one.
var begins = regexp.MustCompile(`(?m)^["']?apiVersion["']?[ \t]*:[ \t]*["']?glootrace\.dev/`)

// Within tells what is wrong with a Policy that is a text in another object, as
// in a ConfigMap; nothing if the text is none. Each names its line in the text.
func Within(text string) (mistakes []string) {
	if !begins.MatchString(text) {
		return nil
	}
	_, err := Parse("", []byte(text))
	if err == nil {
		return nil
	}
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	for _, err := range errs {
		if placed := new(document.Error); errors.As(err, &placed) {
			err = fmt.Errorf("line %d: %w", placed.Line, placed.Err)
		}
		mistakes = append(mistakes, strings.TrimPrefix(err.Error(), ": ")) // a text has no name
	}
	return mistakes
}

// inConfigMap finds the one Policy of a file that is a text in a ConfigMap, and its place.
func inConfigMap(file *document.File) (place, text string, ok bool) {
	found := 0
	for _, held := range file.Objects() {
		o, err := gloo.Decode(held.JSON())
		switch {
		case err != nil:
		case strings.HasPrefix(o.APIVersion, gloo.OwnPrefix):
			found++
		case o.Kind == "ConfigMap" && o.APIVersion == "v1":
			o.ConfigData().Fields(func(_ string, data gloo.Value) {
				if begins.MatchString(data.Text()) {
					found++
					place, text = data.Path.String(), data.Text()
				}
			})
		}
	}
	return place, text, found == 1 && place != ""
}
