package refs

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/cache"

	"github.com/glootrace/glootrace/internal/gloo"
)

func decoderOf(t *testing.T, kind gloo.Kind) slimmer {
	t.Helper()
	info, _ := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), runtime.ContentTypeJSON)
	for _, w := range watched {
		if w.kind == kind {
			return slimmer{info.Serializer, &w}
		}
	}
	t.Fatalf("%s is not watched", kind)
	return slimmer{}
}

func TestAListIsReadAsEntriesAndWhereItGoesOn(t *testing.T) {
	// The API server leaves kind and apiVersion out of the items of its own kinds' lists.
	read, _, err := decoderOf(t, gloo.Namespace).Decode([]byte(`{"kind":"NamespaceList","apiVersion":"v1",
		"metadata":{"resourceVersion":"9","continue":"there","remainingItemCount":3},
		"items":[{"metadata":{"name":"a","resourceVersion":"7","labels":{"x":"y"},"managedFields":[{}]},"status":{}},{"metadata":{"name":"b"}}]}`), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := read.(*entries)
	if l.ResourceVersion != "9" || l.Continue != "there" || l.RemainingItemCount == nil || *l.RemainingItemCount != 3 {
		t.Errorf("the list's metadata is %+v", l.ListMeta)
	}
	if len(l.Items) != 2 || l.Items[1].ref().Name != "b" {
		t.Fatalf("items are %v", l.Items)
	}
	a := l.Items[0]
	if a.ref() != (gloo.Ref{Name: "a"}) || a.GetObjectMeta().GetResourceVersion() != "7" || a.object().Labels()["x"] != "y" || a.object().Kind != gloo.Namespace {
		t.Errorf("an item is %+v", a)
	}
}

func TestWhatTheAPIServerSaysIsReadAsItIs(t *testing.T) {
	d := decoderOf(t, gloo.Gateway)
	status, _, err := d.Decode([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410}`), nil, nil)
	if s, ok := status.(*metav1.Status); err != nil || !ok || s.Reason != metav1.StatusReasonExpired {
		t.Errorf("read %v, %v", status, err)
	}
	end, _, err := d.Decode([]byte(`{"kind":"Gateway","apiVersion":"gateway.solo.io/v1","metadata":{"resourceVersion":"5","annotations":{"k8s.io/initial-events-end":"true"}}}`), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m := end.(*entry).GetObjectMeta(); m.GetResourceVersion() != "5" || m.GetAnnotations()[metav1.InitialEventsAnnotationKey] != "true" {
		t.Errorf("the end of the objects that there were is read as %v, %v", end, err)
	}
	for _, broken := range []string{``, `{`, `{"kind":"GatewayList","items":["x"]}`, `[]`, `{"kind":1}`} {
		if read, _, err := d.Decode([]byte(broken), nil, nil); err == nil {
			t.Errorf("%q is read as %v", broken, read)
		}
	}
}

func TestWhatIsHeldOfAnObjectDoesNotGrowWithWhatNoRuleAsks(t *testing.T) {
	d := decoderOf(t, gloo.VirtualService)
	held := func(n int) int {
		t.Helper()
		more := strings.Repeat("x", n)
		read, _, err := d.Decode(fmt.Appendf(nil, `{"kind":"VirtualService","apiVersion":"gateway.solo.io/v1",
			"metadata":{"name":"v","namespace":"n","resourceVersion":"1","annotations":{"kubectl.kubernetes.io/last-applied-configuration":%q},"managedFields":[{"manager":%[1]q}]},
			"spec":{"virtualHost":{"domains":[%[1]q],"routes":[{"matchers":[{"prefix":%[1]q}],"directResponseAction":{"body":%[1]q}}]}},"status":{"reason":%[1]q}}`, more), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(read.(*entry).text)
	}
	small, large := held(1), held(100_000)
	if small != large || small > 100 {
		t.Errorf("of a small object %d bytes are held, of a large one %d", small, large)
	}
}

// stored are stores with objects as a watch brings them.
func stored(t *testing.T, raws ...string) map[gloo.Kind]cache.Indexer {
	t.Helper()
	stores := map[gloo.Kind]cache.Indexer{}
	for _, raw := range raws {
		v, err := gloo.Parse([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		kind := gloo.Kind(v.Child("kind").Text())
		e, err := decoderOf(t, kind).entry(v)
		if err != nil {
			t.Fatal(err)
		}
		if stores[kind] == nil {
			stores[kind] = newStore(kind)
		}
		if err := stores[kind].Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return stores
}
