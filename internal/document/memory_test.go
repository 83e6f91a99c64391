package document

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// held is how many bytes are in use once all that is not has gone.
func held() int {
	runtime.GC()
	runtime.GC() // pools keep what they have through the first
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// A cluster's configuration is tens of megabytes. Of a file, its text and its
// objects are held, and the tree, which is many times as large, of a single document.
func TestOfAFileLittleMoreThanItsTextIsHeld(t *testing.T) {
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, "---\napiVersion: gateway.solo.io/v1\nkind: VirtualService\nmetadata: {name: v%d, namespace: n}\nspec:\n  virtualHost:\n    domains: [a.example.com]\n"+
			"    routes:\n    - matchers:\n      - prefix: /a\n      directResponseAction: {status: 200, body: hello}\n    - matchers:\n      - prefix: /b\n      options:\n        tracing: {}\n", i)
	}
	src := []byte(b.String())
	b.Reset()
	before := held()
	var f *File
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"it is read", func() error {
			f = mustParse(t, string(src))
			return nil
		}},
		{"each object was asked for a line", func() error {
			for i, o := range f.Objects() {
				if got, want := o.Line("/spec/virtualHost/routes/1/options/tracing"), 15*(i+1); got != want {
					return fmt.Errorf("object %d: line %d, want %d", i, got, want)
				}
			}
			return nil
		}},
		{"each object was added to", func() error {
			for _, o := range f.Objects() {
				if err := addTo(f, o, add(t, "/spec/virtualHost/options", `{}`)); err != nil {
					return err
				}
			}
			return nil
		}},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		times := float64(held()-before) / float64(len(src))
		t.Logf("once %s, %.2f times its text is held", step.what, times)
		if times < 1 || times > 4 {
			t.Errorf("once %s, %.2f times its text is held", step.what, times)
		}
	}
	runtime.KeepAlive(f)
	runtime.KeepAlive(src)
}
