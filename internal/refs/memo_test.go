package refs

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/glootrace/glootrace/internal/gloo"
)

// TestAnObjectIsReadOnceInAnAdmission looks whether what is found each time is the same text in memory: a route may name
// the same option object as thousands of others, and that may be a large one.
func TestAnObjectIsReadOnceInAnAdmission(t *testing.T) {
	r := Reader{stores: stored(t, `{"kind":"RouteTable","metadata":{"name":"t","namespace":"n","labels":{"a":"b","c":"d"}},"spec":{"routes":[
		{"delegateAction":{"selector":{"labels":{"a":"b"}}}},{"delegateAction":{"selector":{"labels":{"c":"d"}}}}]}}`), memo: new(memo)}
	found := map[*byte]bool{}
	look := func(o gloo.Object) { found[unsafe.StringData(o.Spec().Raw())] = true }
	ref := gloo.Ref{Namespace: "n", Name: "t"}
	for range 3 {
		table, answer := r.get(gloo.RouteTable, ref)
		if answer != Found {
			t.Fatal(answer)
		}
		look(table)
		for _, by := range r.Delegators(table) {
			look(by.Object)
		}
	}
	if len(found) != 1 {
		t.Errorf("its text is read %d times", len(found))
	}
}

func TestWhatIsNotThereIsAskedForOnce(t *testing.T) {
	asked := 0
	r := Reader{memo: new(memo), miss: func(gloo.Kind, gloo.Ref) (gloo.Object, Answer) { asked++; return gloo.Object{}, Missing }}.AskingAtMost(3)
	for i := range 30 {
		if _, answer := r.Upstream(gloo.Ref{Namespace: "n", Name: fmt.Sprint(i % 3)}); answer != Missing {
			t.Fatalf("question %d is answered with %v", i, answer)
		}
	}
	if asked != 3 {
		t.Errorf("asked %d times", asked)
	}
}
