// Package finding is what glootrace has to say about objects: the catalogue of
// its rules, and the findings that rules make.
package finding

import (
	"fmt"
	"strings"

	"github.com/glootrace/glootrace/internal/gloo"
)

// Severity says how much a finding matters. The zero value is Info.
type Severity int

const (
	// Info is worth knowing; it is shown on the command line only.
	Info Severity = iota
	// Warning is accepted by Gloo and Envoy, and spans are lost or not as meant.
	Warning
	// Error is what Gloo or Envoy certainly refuses, or what surely loses all spans.
	Error
)

// String is "info", "warning" or "error".
func (s Severity) String() string { return [...]string{"info", "warning", "error"}[s] }

// MarshalText writes the severity as String does.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Severity) UnmarshalText(text []byte) error {
	for known := Info; known <= Error; known++ {
		if known.String() == string(text) {
			*s = known
			return nil
		}
	}
	return fmt.Errorf("%q is no severity", text)
}

// Finding is one thing that a rule found in an object.
type Finding struct {
	Code     string
	Severity Severity
	Object   gloo.Object
	// Path is the field that the finding is about; nil is the object as a whole.
	Path *gloo.Path
	// Message says what is wrong and what Gloo or Envoy does with it.
	Message string
	// Fix says what to do about it.
	Fix string
	// Old is set if the object had this finding before the change under review.
	Old bool

	more int // how many there are beside it, which the message ends with
}

// String is the finding in one line, as an admission response shows it.
func (f Finding) String() string {
	where := f.Code
	if f.Path != nil {
		where += " " + f.Path.String()
	}
	return fmt.Sprintf("%s: %s. Fix: %s", where, f.Message, f.Fix)
}

// Report collects the findings of one object. Somebody may have written a
// million items that are all wrong: of findings of one rule and severity only
// some are kept, and the others are counted.
type Report struct {
	object gloo.Object
	found  []Finding
	counts map[counted]int
	last   map[counted]int // the index of the last one that is kept
}

type counted struct {
	code     string
	severity Severity
}

const (
	// kept is how many findings of one rule are kept.
	kept = 1000
	// quoted is how many bytes of a user's text a message quotes.
	quoted = 200
	// Snippet is the placeholder of what is meant to be copied, and so is never shortened.
	Snippet = "snippet"
)

// NewReport is an empty report on an object.
func NewReport(o gloo.Object) *Report {
	return &Report{object: o, counts: map[counted]int{}, last: map[counted]int{}}
}

// Add notes that rule found something at path. details are pairs of a
// placeholder's name in the rule's texts and what stands for it.
func (r *Report) Add(rule Rule, path *gloo.Path, details ...string) {
	of := counted{rule.Code, rule.Severity}
	if r.counts[of]++; r.counts[of] > kept {
		return
	}
	r.last[of] = len(r.found)
	fill := filler(details)
	r.found = append(r.found, Finding{
		Code:     rule.Code,
		Severity: rule.Severity,
		Object:   r.object,
		Path:     path,
		Message:  gloo.Printable(fill.Replace(rule.What + ": " + rule.Effect)),
		Fix:      gloo.Printable(fill.Replace(rule.Fix)),
	})
}

// Repeat notes at path what another report has found.
func (r *Report) Repeat(found []Finding, path *gloo.Path) {
	for _, f := range found {
		of := counted{f.Code, f.Severity}
		n := r.counts[of]
		r.counts[of] += 1 + f.more
		if n < kept {
			r.last[of] = len(r.found)
			f.Path, f.Message, f.more = path, f.first(), 0
			r.found = append(r.found, f)
		}
	}
}

// Findings are the findings so far, in the order in which they were made. The
// last one that is kept of a rule says how many more there are.
func (r *Report) Findings() []Finding {
	for of, n := range r.counts {
		if f := &r.found[r.last[of]]; n-kept > f.more {
			f.Message = f.first() + andMore(n-kept)
			f.more = n - kept
		}
	}
	return r.found
}

func andMore(n int) string { return fmt.Sprintf(" (and %d more like this in the object)", n) }

// Count is how many findings there are, those among them that are only counted.
func Count(found []Finding) int {
	n := len(found)
	for _, f := range found {
		n += f.more
	}
	return n
}

// first is the message without what counts others.
func (f Finding) first() string { return strings.TrimSuffix(f.Message, andMore(f.more)) }

func filler(details []string) *strings.Replacer {
	pairs := make([]string, 0, len(details))
	for i := 0; i+1 < len(details); i += 2 {
		name, text := details[i], details[i+1]
		if name != Snippet {
			text = gloo.Shorten(text, quoted)
		}
		pairs = append(pairs, "{"+name+"}", text)
	}
	return strings.NewReplacer(pairs...)
}

// MarkOld sets Old on the findings that also the object before a change had.
// A finding counts as the same if rule, field and message are the same; an
// item's place in its list does not matter, its number does.
func MarkOld(now, before []Finding) {
	type same struct{ code, path, message string }
	key := func(f Finding) same { return same{f.Code, f.Path.Shape(), f.first()} }
	left := map[same]int{}
	for _, f := range before {
		left[key(f)]++
	}
	for i := range now {
		if k := key(now[i]); left[k] > 0 {
			left[k]--
			now[i].Old = true
		}
	}
}
