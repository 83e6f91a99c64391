package validate

import (
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// sampledNone says what a listener's percentage of 0 means, for those where it
// is likely not meant. Source: Envoy's HTTP connection manager, Tracing.
var sampledNone = map[string]string{
	"randomSamplePercentage":  "only requests that a client forces are traced",
	"overallSamplePercentage": "no request is traced at all",
}

// sampling checks the percentages of a listener.
func (c check) sampling(t gloo.Tracing) {
	for _, p := range t.Percentages() {
		n, ok := p.Number()
		effect, matters := sampledNone[p.Path.Name()]
		if p.Path.Name() == "randomSamplePercentage" && t.SamplesForced() {
			matters = false // only what clients force is to be traced, as it seems
		}
		switch {
		case !ok:
		case !percentage(n):
			c.Add(finding.PercentRefused, p.Path, "field", p.Path.Name(), "value", p.Raw())
		case n == 0 && matters:
			c.Add(finding.SampleNone, p.Path, "field", p.Path.Name(), "effect", effect)
		}
	}
}

// percentage is false for NaN too. Gloo's API keeps a float32.
func percentage(n float64) bool { return float32(n) >= 0 && float32(n) <= 100 }

// tags checks the custom tags of a listener.
func (c check) tags(t gloo.Tracing) {
	seen := map[string]bool{}
	for _, tag := range t.Tags() {
		name := tag.Name.Text()
		switch {
		case lacking(tag.Name):
			c.Add(finding.EmptyTag, tag.Name.Path, "part", partName(tag.Name, tag.Value))
		case name != "" && seen[name]:
			c.Add(finding.RepeatedTag, tag.Name.Path, "tag", name)
		}
		seen[name] = true
		for _, part := range tag.Parts {
			if lacking(part) {
				c.Add(finding.EmptyTag, part.Path, "part", partName(part, tag.Value))
			}
		}
		c.tagKey(tag.Child("value", "key"), tag.Child("value", "nestedFieldDelimiter").Text())
	}
}

// lacking tells whether a text is missing or empty. What is of another type is
// a mistake that is reported as such.
func lacking(v gloo.Value) bool { return v.Text() == "" && !v.IsOtherThanText() }

// tagKey checks that each step of a path into metadata has a name.
func (c check) tagKey(key gloo.Value, delimiter string) {
	if key.Text() == "" {
		return
	}
	if delimiter == "" {
		delimiter = "."
	}
	for step := range strings.SplitSeq(key.Text(), delimiter) {
		if step == "" {
			c.Add(finding.BadTagKey, key.Path, "key", key.Text())
			return
		}
	}
}

// partName is what a tag's part is called; the item of requestHeadersForTags is the header itself.
func partName(part, tag gloo.Value) string {
	switch name := part.Path.Name(); {
	case part.Path == tag.Path:
		return "header name"
	case name == "tag":
		return "tag name"
	default:
		return name
	}
}
