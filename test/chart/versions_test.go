package chart

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/policy"
)

// first is what the first group of a pattern matches in a file.
func first(t *testing.T, file, pattern string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?m)" + pattern).FindSubmatch(text)
	if m == nil {
		t.Fatalf("%s has nothing like %s", file, pattern)
	}
	return string(m[1])
}

// glootrace's version is Chart.yaml's; make release puts in another one.
func TestVersionOfGlootraceIsTheSameEverywhere(t *testing.T) {
	version := first(t, chartDir+"/Chart.yaml", `^version: (\S+)$`)
	if app := first(t, chartDir+"/Chart.yaml", `^appVersion: (\S+)$`); app != version {
		t.Errorf("the chart has version %s and appVersion %s", version, app)
	}
	if newest := first(t, "../../CHANGELOG.md", `^## (\S+)`); newest != version {
		t.Errorf("the chart has version %s, and CHANGELOG.md begins with %s", version, newest)
	}
}

// What is shipped is what is tested: the collector of the chart, of the Policy, and the one that tests run.
func TestVersionOfTheCollectorIsTheSameEverywhere(t *testing.T) {
	tested := first(t, "../collector/go.mod", `go\.opentelemetry\.io/collector/otelcol v(\S+)`)
	if tag := first(t, chartDir+"/values.yaml", `(?s)repository: otel/opentelemetry-collector-contrib\n\s+tag: (\S+)\n`); tag != tested {
		t.Errorf("tests run the collector %s, and the chart has %s", tested, tag)
	}
	if image := policy.Default().Agent.Image; !strings.HasSuffix(image, ":"+tested) {
		t.Errorf("tests run the collector %s, and the Policy has %s", tested, image)
	}
	for file, pattern := range map[string]string{
		"../collector/builder.yaml": `^  version: (\S+)$`,
		"../collector/main.go":      `Version:\s+"([^"]+)"`,
		"../e2e/run/images.go":      `opentelemetry-collector-contrib:([^"]+)"`,
	} {
		if v := first(t, file, pattern); v != tested {
			t.Errorf("tests run the collector %s, and %s has %s", tested, file, v)
		}
	}
}
