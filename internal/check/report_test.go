package check

import (
	"flag"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

var report = Report{
	Groups: []GroupResult{
		{"kubernetes", []Result{{Name: "api-server", Title: "the API server answers", Status: OK, Reason: "v1.36.3"}}},
		{"certificates", []Result{
			{Name: "ca-bundle", Title: "bundles verify", Status: Fail, Reason: "it is stale\x1b[2J", Fix: "renew <it>", Help: Help("ca-bundle")},
			{Name: "certificate-expiry", Title: "nothing expires", Status: Warn, Reason: "soon", Fix: "renew it", Help: Help("certificate-expiry")},
			{Name: "certificate-secret", Title: "the Secret can be used", Status: Unknown, Reason: "forbidden", Fix: "ask", Help: Help("certificate-secret")},
		}},
	},
	Summary: Summary{OK: 1, Warn: 1, Fail: 1, Unknown: 1},
}

func TestReports(t *testing.T) {
	for name, write := range map[string]func(*strings.Builder) error{
		"report.golden.txt":        func(b *strings.Builder) error { return report.Text(b) },
		"report.colour.golden.txt": func(b *strings.Builder) error { return report.text(b, true) },
	} {
		t.Run(name, func(t *testing.T) {
			var got strings.Builder
			if err := write(&got); err != nil {
				t.Fatal(err)
			}
			golden(t, name, got.String())
		})
	}
}
