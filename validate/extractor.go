package validate

import (
	"strconv"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// extractors checks what Envoy checks when it builds a template's extractors.
func (c check) extractors(t gloo.Template) {
	for _, e := range t.Extractors() {
		mode := e.Mode()
		subgroup, _ := e.Subgroup().Number()
		groups, problem := groupsOf(e.Regex().Text())
		switch {
		case problem != "":
			c.Add(finding.BadRegex, e.Regex().Path, "name", e.Name, "problem", problem)
		case mode == gloo.ReplaceAll && subgroup != 0:
			c.Add(finding.BadMode, e.Subgroup().Path, "name", e.Name, "mode", mode, "problem", "a subgroup", "fix", "remove subgroup, or use mode SINGLE_REPLACE")
		case mode != gloo.ReplaceAll && subgroup > float64(groups):
			c.Add(finding.NoSuchGroup, e.Subgroup().Path, "name", e.Name, "group", e.Subgroup().Raw(), "groups", count(groups))
		}
		if mode == gloo.Extract && e.Replacement().Exists() {
			c.Add(finding.BadMode, e.Replacement().Path, "name", e.Name, "mode", mode, "problem", "replacementText", "fix", "mode: SINGLE_REPLACE, or remove replacementText")
		}
	}
}

func count(groups int) string {
	switch groups {
	case 0:
		return "no group"
	case 1:
		return "one group"
	default:
		return strconv.Itoa(groups) + " groups"
	}
}

// groupsOf counts the capturing groups of a regex as C++'s std::regex reads it
// (ECMAScript), and says what is surely wrong with it. It does not look for
// everything: Go's own regexp would refuse what std::regex takes, such as (?=x).
func groupsOf(regex string) (groups int, problem string) {
	open := 0
	atom := false       // a quantifier may follow
	quantified := false // a quantifier was just read: one ? makes it lazy
	for i := 0; i < len(regex); i++ {
		quantifiable, repeats := true, false
		switch regex[i] {
		case '\\':
			if i++; i == len(regex) {
				return 0, "a backslash at its end"
			}
		case '[':
			end := classEnd(regex, i)
			if end < 0 {
				return 0, "a [ that is not closed"
			}
			i = end
		case '(':
			open++
			quantifiable = false
			if i+1 == len(regex) || regex[i+1] != '?' {
				groups++
				break
			}
			if i += 2; i >= len(regex) || regex[i] != ':' && regex[i] != '=' && regex[i] != '!' {
				return 0, "a group that begins with (? must go on with :, = or !"
			}
		case ')':
			if open--; open < 0 {
				return 0, "a ) that opens nowhere"
			}
		case '|', '^':
			quantifiable = false
		case '*', '+', '?':
			if regex[i] == '?' && quantified { // lazy
				quantified, atom = false, false
				continue
			}
			if !atom {
				return 0, string(regex[i]) + " with nothing before it to repeat"
			}
			quantifiable, repeats = false, true
		case '}':
			quantified, atom = true, false // of {n,m}: a ? may follow
			continue
		}
		atom, quantified = quantifiable, repeats
	}
	if open > 0 {
		return 0, "a ( that is not closed"
	}
	return groups, ""
}

// classEnd is the index of the ] that closes the class that begins at start, -1 if none does.
func classEnd(regex string, start int) int {
	for i := start + 1; i < len(regex); i++ {
		switch regex[i] {
		case '\\':
			i++
		case ']':
			return i
		case '[':
			if i+1 < len(regex) && (regex[i+1] == ':' || regex[i+1] == '.' || regex[i+1] == '=') {
				kind := regex[i+1]
				for i += 2; i+1 < len(regex) && (regex[i] != kind || regex[i+1] != ']'); i++ {
				}
				i++
			}
		}
	}
	return -1
}
