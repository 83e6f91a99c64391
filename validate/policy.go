package validate

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
)

// policies checks an object that is a Policy, or a ConfigMap that holds one, as the webhook reads it.
func (c check) policies() {
	switch {
	case strings.HasPrefix(c.object.APIVersion, gloo.OwnPrefix):
		_, mistakes := policy.Decode(c.object.Raw())
		for _, m := range mistakes {
			c.Add(finding.BadPolicy, fieldPath(m.Field), "mistake", m.Text)
		}
	case c.object.Kind == "ConfigMap" && c.object.APIVersion == "v1":
		c.object.ConfigData().Fields(func(name string, text gloo.Value) {
			for _, mistake := range policy.Within(text.Text()) {
				c.Add(finding.BadPolicy, text.Path, "mistake", mistake)
			}
		})
	}
}

var fieldStep = regexp.MustCompile(`[^.\[\]]+|\[\d+\]`)

// fieldPath is the path of a field that is written in dots.
func fieldPath(field string) (p *gloo.Path) {
	for _, s := range fieldStep.FindAllString(field, -1) {
		if i, err := strconv.Atoi(strings.Trim(s, "[]")); err == nil && s[0] == '[' {
			p = p.Index(i)
			continue
		}
		p = p.Child(s)
	}
	return p
}
