package validate

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
)

// Allow is the annotation that takes rules off one object: codes with a reason
// behind each, separated by semicolons, commas or new lines.
const Allow = "glootrace.dev/allow"

var annotationsPath = (*gloo.Path)(nil).Child("metadata", "annotations")

// annotations checks that the object's words to glootrace are understood.
func (c check) annotations() {
	words := c.object.Annotations()
	if v, set := words[policy.Inject]; set {
		if _, err := strconv.ParseBool(v); err != nil {
			c.Add(finding.UnknownWord, annotationsPath.Child(policy.Inject), "value", strconv.Quote(v), "fix", `"true" or "false"`)
		}
	}
	known := 0
	var unknown []string
	for _, code := range slices.Sorted(maps.Keys(allowed(c.object))) {
		if len(finding.Cases(code)) > 0 {
			known++
		} else if strings.HasPrefix(code, "GT") {
			unknown = append(unknown, strconv.Quote(code))
		}
	}
	v, set := words[Allow]
	if set && known == 0 {
		unknown = []string{strconv.Quote(v)}
	}
	if len(unknown) > 0 {
		c.Add(finding.UnknownWord, annotationsPath.Child(Allow), "value", strings.Join(unknown, ", "), "fix", "a rule's code and the reason, such as GT303 plain text is meant")
	}
}

// foundElsewhere are rules that are not, or not only, asked of an object as it is:
// they are about a change, a deletion, or what mutation leaves alone.
var foundElsewhere = []string{"GT115", "GT116", "GT212", "GT401", "GT402", "GT502"}

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

// allowed are the codes of the rules that the object's annotation takes off it.
func allowed(o gloo.Object) map[string]bool {
	codes := map[string]bool{}
	for entry := range strings.FieldsFuncSeq(o.Annotations()[Allow], func(r rune) bool { return strings.ContainsRune(";,\n", r) }) {
		if words := strings.Fields(entry); len(words) > 0 {
			codes[strings.ToUpper(strings.TrimSuffix(words[0], ":"))] = true
		}
	}
	return codes
}
