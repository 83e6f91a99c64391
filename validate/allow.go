package validate

import (
	"maps"
	"slices"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// Allow is the annotation that takes rules off one object: codes with a reason
// behind each, separated by semicolons, commas or new lines.
const Allow = "glootrace.dev/allow"

var annotationsPath = (*gloo.Path)(nil).Child("metadata", "annotations")

// foundElsewhere are rules that are not, or not only, asked of an object as it is:
// they are about a change, a deletion, or what mutation leaves alone.
var foundElsewhere = []string{"GT003", "GT007", "GT008", "GT115", "GT116", "GT212", "GT218", "GT401", "GT402", "GT502"}

// askOthers are rules that ask other objects: as long as not all are known, that
// they find nothing says nothing.
var askOthers = []string{"GT105", "GT106", "GT107", "GT112", "GT113", "GT114", "GT209", "GT210", "GT217", "GT304", "GT305"}

// idle reports the suppressions that match nothing of what was found.
func (c check) idle(found []finding.Finding) {
	for _, code := range slices.Sorted(maps.Keys(allowed(c.object))) {
		switch {
		case len(finding.Cases(code)) == 0, code == finding.AllowsNothing.Code, slices.Contains(foundElsewhere, code),
			slices.Contains(askOthers, code) && c.known.Partial(), slices.ContainsFunc(found, about(code)):
		default:
			c.Add(finding.AllowsNothing, annotationsPath.Child(Allow), "code", code)
		}
	}
}

func about(code string) func(finding.Finding) bool {
	return func(f finding.Finding) bool { return f.Code == code }
}

// allowed are the codes of the rules that the object's annotation takes off it, or that of the pods in it.
func allowed(o gloo.Object) map[string]bool {
	if proxy, ok := o.Proxy(); ok {
		return codes(proxy.Annotations()[Allow])
	}
	return codes(o.Annotations()[Allow])
}

// codes are those that an Allow annotation names.
func codes(text string) map[string]bool {
	codes := map[string]bool{}
	for entry := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(";,\n", r) }) {
		if words := strings.Fields(entry); len(words) > 0 {
			codes[strings.ToUpper(strings.TrimSuffix(words[0], ":"))] = true
		}
	}
	return codes
}
