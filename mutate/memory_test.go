package mutate_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
	"github.com/glootrace/glootrace/mutate"
)

// TestAnAdditionTakesLittleMemory: a request to the API server has room for a hundred thousand empty stages.
func TestAnAdditionTakesLittleMemory(t *testing.T) {
	const routes = 10_000
	route := `{"options":{"stagedTransformations":{}}},`
	o := testcase.Decode(t, `{"apiVersion":"gateway.solo.io/v1","kind":"VirtualService","metadata":{"name":"v","namespace":"n"},"spec":{"virtualHost":{"options":{"stagedTransformations":{}},"routes":[`+
		strings.Repeat(route, routes-1)+route[:len(route)-1]+`]}}}`)
	inUse := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := inUse()
	result := mutate.Object(o, policy.Default(), refs.FromObjects(nil, true))
	if each := (inUse() - before) / routes; len(result.Added) != routes+1 || each > 1200 {
		t.Errorf("%d additions, of %d bytes each", len(result.Added), each)
	}
	runtime.KeepAlive(result)
}
