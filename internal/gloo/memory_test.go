package gloo

import (
	"runtime"
	"strings"
	"testing"
)

// manyRoutes is a RouteTable with as many routes as a request to the API server can have.
func manyRoutes(t *testing.T) Object {
	t.Helper()
	o, err := Decode([]byte(`{"apiVersion":"gateway.solo.io/v1","kind":"RouteTable","metadata":{"name":"t"},"spec":{"routes":[` + strings.Repeat(`{},`, 1_000_000) + `{}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestPlacesOfOptionsAreNotHeldAllAtOnce(t *testing.T) {
	o := manyRoutes(t)
	before, at := inUse(), 0
	for range o.AllOptions() {
		if at++; at == 1_000_000 {
			if more := inUse() - before; more > 1<<20 {
				t.Errorf("at the last route %d MiB are in use that were not before", more>>20)
			}
		}
	}
	runtime.KeepAlive(o)
}

// TestAValueIsFoundAgainByItsPath without a walk through the list that it is in: there may be thousands of such paths.
func TestAValueIsFoundAgainByItsPath(t *testing.T) {
	o := manyRoutes(t)
	items := o.Spec().Child("routes").Items()
	last := items[len(items)-1]
	// Each step of a walk that begins at the object would be a new path.
	if steps := testing.AllocsPerRun(10, func() { o.At(last.Path) }); steps > 0 {
		t.Errorf("it takes %v steps", steps)
	}
	if found := o.At(last.Path.Parent().Index(len(items) - 1)); found.node != last.node || o.At(last.Path).node != last.node {
		t.Errorf("found %v and %v, want %v", found.node, o.At(last.Path).node, last.node)
	}
}
