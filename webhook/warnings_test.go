package webhook

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/glootrace/glootrace/internal/finding"
)

func TestWarningsKeepWithinWhatTheAPIServerPassesOn(t *testing.T) {
	for name, c := range map[string]struct {
		message, fix string
		n            int
		want         string // the last warning
	}{
		"short":              {"wrong", "mend it", 3, "GT301: wrong 2. Fix: mend it"},
		"none":               {"", "", 0, ""},
		"long":               {strings.Repeat("word ", 30), strings.Repeat("mend ", 20), 1, "GT301 fix: " + strings.Repeat("mend ", 20)},
		"too long":           {strings.Repeat("word ", 300), strings.Repeat("mend ", 300), 1, "GT301 fix: " + strings.TrimSpace(strings.Repeat("mend ", 48)) + " …"},
		"no spaces":          {strings.Repeat("é", 300), strings.Repeat("日", 300), 1, "GT301 fix: " + strings.Repeat("日", 80) + " …"},
		"many":               {"wrong", "mend it", 1000, "and 897 more; glootrace lint shows all"},
		"many that are long": {strings.Repeat("日 ", 300), strings.Repeat("é ", 300), 50, "and 45 more; glootrace lint shows all"},
		"just as many as go": {strings.Repeat("w", 223), "mend it", 12, "GT301: " + strings.Repeat("w", 223) + " 11. Fix: mend it"},
		"one more than goes": {strings.Repeat("w", 223), "mend it", 13, "and 1 more; glootrace lint shows all"},
	} {
		t.Run(name, func(t *testing.T) {
			var found []finding.Finding
			for i := range c.n {
				found = append(found, finding.Finding{Code: "GT301", Message: c.message + fmt.Sprintf(" %d", i), Fix: c.fix})
			}
			total, last := 0, ""
			for _, w := range warnings(found, maxFindings) {
				if len(w) > 256 || !utf8.ValidString(w) {
					t.Errorf("%d bytes: %q", len(w), w)
				}
				total += len(w)
				last = w
			}
			if total > 3072 {
				t.Errorf("%d bytes in all", total)
			}
			if last != c.want {
				t.Errorf("the last is %q, want %q", last, c.want)
			}
		})
	}
}
