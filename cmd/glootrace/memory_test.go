package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/glootrace/glootrace/internal/policy"
)

// Of what lint reads it holds text, objects and findings, and nothing that grows
// otherwise than with the files.
func TestLintHoldsLittleMoreThanTheFiles(t *testing.T) {
	held := func() float64 {
		runtime.GC()
		runtime.GC() // pools keep what they have through the first
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return float64(stats.HeapAlloc)
	}
	source := many(2000)
	path := filepath.Join(t.TempDir(), "many.yaml")
	if err := os.WriteFile(path, source, 0o600); err != nil {
		t.Fatal(err)
	}
	before := held()
	read, manifests, errs := (&files{names: []string{path}}).read(lintCommand())
	report := lint(t.Context(), read, manifests, policy.Default(), surroundings{complete: true})
	times := (held() - before) / float64(len(source))
	t.Logf("%.1f times the file is held", times)
	if len(errs) > 0 || len(report.Findings) != 98*5*20 || times < 1 || times > 16 {
		t.Errorf("errors %v, %d findings, and %.1f times the file is held", errs, len(report.Findings), times)
	}
	runtime.KeepAlive([]any{source, read, manifests, report})
}
