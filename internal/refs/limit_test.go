package refs

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/sync/semaphore"

	"github.com/glootrace/glootrace/internal/gloo"
)

// TestAReviewReadsOnlySoMuch has RouteTables that all delegate to each other: who looks at one comes to all.
func TestAReviewReadsOnlySoMuch(t *testing.T) {
	const tables = 20
	var raws []string
	for i := range tables {
		raws = append(raws, fmt.Sprintf(`{"kind":"RouteTable","metadata":{"name":"t%d","namespace":"n","labels":{"l%[1]d":"x"}},"spec":{"routes":[{"delegateAction":{"selector":{"labels":{"l%d":"x"}}}}]}}`, i, i+1))
	}
	stores := stored(t, raws...)
	var last gloo.Object
	size := 0
	for _, item := range stores[gloo.RouteTable].List() {
		e := item.(*entry)
		size += len(e.text)
		if e.ref().Name == fmt.Sprintf("t%d", tables-1) {
			last = e.object()
		}
	}
	for name, c := range map[string]struct {
		bytes  int
		left   bool // the client has
		most   int  // objects that are read
		gaveUp bool
	}{
		"all of them":         {2 * size, false, tables, false},
		"half of them":        {size / 2, false, tables / 2, true},
		"the client has left": {size, true, 0, true},
	} {
		ctx, leave := context.WithCancel(t.Context())
		if c.left {
			leave()
		}
		r := Reader{stores: stores, memo: new(memo)}.Within(ctx, int64(c.bytes))
		r.VirtualServices(last)
		read := 0
		r.memo.known.Range(func(key, value any) bool {
			if a, is := value.(answered); is && a.Answer == Found {
				read++
			}
			return true
		})
		if read > c.most || r.GaveUp() != c.gaveUp {
			t.Errorf("%s: %d are read, gave up: %v", name, read, r.GaveUp())
		}
		if o, answer := r.get(gloo.RouteTable, last.Ref()); c.gaveUp && answer != Unknown {
			t.Errorf("%s: after that, %v of %v", name, answer, o)
		}
		leave()
	}
}

// TestHeavyReviewsReadInTurn has two reviews that read much, and one that reads little while another has its turn.
func TestHeavyReviewsReadInTurn(t *testing.T) {
	const tables = 400
	var raws []string
	for i := range tables {
		raws = append(raws, fmt.Sprintf(`{"kind":"RouteTable","metadata":{"name":"t%d","namespace":"n","labels":{"l%[1]d":"x"}},"spec":{"routes":[{"delegateAction":{"selector":{"labels":{"l%d":"x"}}}}]}}`, i, i+1))
	}
	stores := stored(t, raws...)
	first, last := gloo.Object{}, gloo.Object{}
	for _, item := range stores[gloo.RouteTable].List() {
		switch e := item.(*entry); e.ref().Name {
		case "t0":
			first = e.object()
		case fmt.Sprintf("t%d", tables-1):
			last = e.object()
		}
	}
	synctest.Test(t, func(t *testing.T) {
		turns := semaphore.NewWeighted(1)
		reads := func(table gloo.Object) (r Reader, done chan struct{}, end func()) {
			ctx, end := context.WithCancel(t.Context())
			r = Reader{stores: stores, memo: new(memo)}.Within(ctx, maxRead).InTurn(turns)
			done = make(chan struct{})
			go func() {
				defer close(done)
				r.VirtualServices(table)
			}()
			return r, done, end
		}
		one, done, endOne := reads(last)
		<-done
		two, waiting, endTwo := reads(last)
		light, done, endLight := reads(first)
		<-done
		synctest.Wait()
		select {
		case <-waiting:
			t.Error("two read much at once")
		default:
		}
		endOne()
		<-waiting
		three, waiting, endThree := reads(last)
		synctest.Wait()
		endThree() // its client has left
		<-waiting
		for name, c := range map[string]struct {
			Reader
			gaveUp bool
		}{"the first": {one, false}, "who waited": {two, false}, "who reads little": {light, false}, "who left": {three, true}} {
			if c.GaveUp() != c.gaveUp {
				t.Errorf("%s: gave up: %v", name, c.GaveUp())
			}
		}
		endTwo()
		endLight()
	})
}

// TestAReviewAsksOnlySoManySelectors has RouteTables of which each holds selectors that none of them meets.
func TestAReviewAsksOnlySoManySelectors(t *testing.T) {
	for selector, work := range map[string]int{`"a":"b","c":"d"`: 1, `"a":"b","c":"` + strings.Repeat("d", 6400) + `"`: 100} {
		var raws []string
		for i := range 20 {
			raws = append(raws, fmt.Sprintf(`{"kind":"RouteTable","metadata":{"name":"t%d","namespace":"n","labels":{"a":"b"}},"spec":{"routes":[{"delegateAction":{"selector":{"labels":{"a":"b"}}}}%s]}}`,
				i, strings.Repeat(`,{"delegateAction":{"selector":{"labels":{`+selector+`}}}}`, 50)))
		}
		stores := stored(t, raws...)
		size := 0
		var table gloo.Object
		for _, item := range stores[gloo.RouteTable].List() {
			e := item.(*entry)
			size, table = size+len(e.text), e.object()
		}
		for most, gaveUp := range map[int]bool{size + 1000*work: true, size + 21*1020*(work+1): false} {
			r := Reader{stores: stores, memo: new(memo)}.Within(t.Context(), int64(most))
			if r.VirtualServices(table); r.GaveUp() != gaveUp {
				t.Errorf("within %d bytes, of which the objects are %d: gave up: %v", most, size, r.GaveUp())
			}
		}
	}
}

// TestListenersThatChooseAlikeAreAskedAsOne has 100 VirtualServices, and as many listeners that are not theirs.
func TestListenersThatChooseAlikeAreAskedAsOne(t *testing.T) {
	const n = 100
	for name, c := range map[string]struct {
		listener string
		asked    int64
	}{
		"those that serve them":      {`{"httpGateway":{}}`, n},
		"those of another namespace": {`{"httpGateway":{"virtualServiceNamespaces":["other"]}}`, n},
		"each of another namespace":  {`{"httpGateway":{"virtualServiceNamespaces":["other%d"]}}`, n * n},
	} {
		var raws []string
		for i := range n {
			spec := strings.ReplaceAll(c.listener, "%d", fmt.Sprint(i))
			raws = append(raws, fmt.Sprintf(`{"kind":"VirtualService","metadata":{"name":"v%d","namespace":"n"},"spec":{}}`, i),
				fmt.Sprintf(`{"kind":"Gateway","metadata":{"name":"g%d","namespace":"n"},"spec":%s}`, i, spec))
		}
		stores := stored(t, raws...)
		r := Reader{stores: stores, memo: new(memo)}.Within(t.Context(), maxRead)
		hosts := r.byIndex(gloo.Gateway, byServed, "")
		for i := range hosts {
			hosts[i], _ = r.get(gloo.VirtualService, gloo.Ref{Namespace: "n", Name: fmt.Sprintf("v%d", i)})
		}
		before := r.limit.left.Load()
		for range r.Serving(hosts...) {
		}
		if asked := before - r.limit.left.Load(); asked > c.asked {
			t.Errorf("%s: asked %d times, want at most %d", name, asked, c.asked)
		}
	}
}
