package chart

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/markdown"
	"github.com/glootrace/glootrace/test/env"
)

// TestValuesInTheDocumentationAreTaken renders the chart with each block of values that a page shows.
func TestValuesInTheDocumentationAreTaken(t *testing.T) {
	root := filepath.Join("..", "..")
	pages, err := markdown.Pages(root)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	withEachHelm(t, func(t *testing.T, h *env.Helm) {
		for _, p := range pages {
			for _, b := range p.Blocks {
				if b.Language != "yaml" || !strings.HasPrefix(b.Text, "# values of the chart\n") {
					continue
				}
				n++
				if _, err := h.Run(t.Context(), b.Text, "", "template", release, chartDir, "--namespace", namespace, "--values", "-"); err != nil {
					t.Errorf("%s:%d: %v", p.Name, b.Line, err)
				}
			}
		}
	})
	if n == 0 {
		t.Error("no page shows values")
	}
}
