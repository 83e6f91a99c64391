package webhook

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

func TestWarningsKeepWithinWhatTheAPIServerPassesOn(t *testing.T) {
	web := gloo.Object{Kind: gloo.RouteTable, Namespace: "shop", Name: "web"}
	of := "RouteTable shop/web: "
	long := gloo.Object{Kind: gloo.RouteTable, Namespace: "shop", Name: strings.Repeat("a", 253)}
	for name, c := range map[string]struct {
		object       gloo.Object
		message, fix string
		n            int
		want         string // the last warning
	}{
		"short":              {web, "wrong", "mend it", 3, of + "GT301: wrong 2. Fix: mend it"},
		"none":               {web, "", "", 0, ""},
		"long":               {web, strings.Repeat("word ", 30), strings.Repeat("mend ", 20), 1, "GT301 fix: " + strings.Repeat("mend ", 20)},
		"too long":           {web, strings.Repeat("word ", 300), strings.Repeat("mend ", 300), 1, "GT301 fix: " + strings.TrimSpace(strings.Repeat("mend ", 48)) + " …"},
		"no spaces":          {web, strings.Repeat("é", 300), strings.Repeat("日", 300), 1, "GT301 fix: " + strings.Repeat("日", 80) + " …"},
		"many":               {web, "wrong", "mend it", 1000, of + "and 942 more; glootrace lint shows all"},
		"many that are long": {web, strings.Repeat("日 ", 300), strings.Repeat("é ", 300), 50, of + "and 45 more; glootrace lint shows all"},
		"just as many as go": {web, strings.Repeat("w", 202), "mend it", 12, of + "GT301: " + strings.Repeat("w", 202) + " 11. Fix: mend it"},
		"one more than goes": {web, strings.Repeat("w", 202), "mend it", 13, of + "and 2 more; glootrace lint shows all"},
		"a long name":        {long, "wrong", "mend it", 50, "RouteTable shop/" + strings.Repeat("a", 80) + "…: and 28 more; glootrace lint shows all"},
	} {
		t.Run(name, func(t *testing.T) {
			var found []finding.Finding
			for i := range c.n {
				found = append(found, finding.Finding{Object: c.object, Code: "GT301", Message: c.message + fmt.Sprintf(" %d", i), Fix: c.fix})
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
