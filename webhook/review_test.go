package webhook

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"gomodules.xyz/jsonpatch/v2"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
)

// post sends a body to a handler and returns the answer's body.
func post(h http.Handler, body io.Reader) []byte {
	_, answer := send(h, body)
	return answer
}

// send sends a body to a handler and returns the answer's HTTP status and body.
func send(h http.Handler, body io.Reader) (code int, answer []byte) {
	r := httptest.NewRequest(http.MethodPost, "/", body)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.Bytes()
}

// TestAnswersAreThoseOfControllerRuntime puts the same responses through
// controller-runtime's webhook.
func TestAnswersAreThoseOfControllerRuntime(t *testing.T) {
	ctrl.SetLogger(logr.Discard())
	review := `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"a\"<\u2028b","operation":"CREATE","object":{}}}`
	denied := admission.Denied("no \"tracing\" <here>\n\x00\xff")
	denied.Result.Details = &metav1.StatusDetails{Name: "n", Causes: []metav1.StatusCause{{Type: "GT103", Field: "spec"}}}
	for name, response := range map[string]admission.Response{
		"allowed":     admission.Allowed(""),
		"with a note": admission.Allowed("as it is"),
		"warned":      admission.Allowed("").WithWarnings("one \"<é>\"", "two\x00\xff\u2028"),
		"denied":      denied.WithWarnings("and"),
		"errored":     admission.Errored(http.StatusBadRequest, errors.New("what")),
		"patched": admission.Patched("", jsonpatch.NewOperation("add", "/a~1\"<", map[string]any{"b": []any{1.5, "<&>", nil, true, map[string]any{}}, "a": []any{}}),
			jsonpatch.NewOperation("add", "/c", []any{json.RawMessage(`{"d":[]}`), corev1.EnvVar{Name: "n"}}), jsonpatch.NewOperation("add", "/e", "")),
	} {
		t.Run(name, func(t *testing.T) {
			want := post(&admission.Webhook{Handler: admission.HandlerFunc(func(context.Context, admission.Request) admission.Response { return response })}, strings.NewReader(review))
			got := post(newReviews(func(context.Context, Request) admission.Response { return response }, logr.Discard()), strings.NewReader(review))
			if diff := cmp.Diff(readable(t, want), readable(t, got)); diff != "" {
				t.Errorf("-controller-runtime +glootrace:\n%s", diff)
			}
		})
	}
}

// readable is an answer with its patch decoded.
func readable(t *testing.T, answer []byte) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(answer, &all); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	response := all["response"].(map[string]any)
	if encoded, ok := response["patch"].(string); ok {
		raw, err := base64.StdEncoding.DecodeString(encoded)
		var patch any
		if err := errors.Join(err, json.Unmarshal(raw, &patch)); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		response["patch"] = patch
	}
	return all
}

func TestReviewThatIsNoneIsRefusedWithAReason(t *testing.T) {
	h := newReviews(func(context.Context, Request) admission.Response { return admission.Allowed("") }, logr.Discard())
	for body, want := range map[string]string{
		``:      "not valid JSON",
		`{} {}`: "not valid JSON",
		`[]`:    `"" of ""`,
		`{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{}}`:                      `"admission.k8s.io/v1beta1"`,
		`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}`:                                        "no request",
		`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":[1]}}`:                  "request.uid is [1], not a string",
		`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":` + strings.Repeat("[", 1<<20): "deep",
	} {
		if code, got := send(h, strings.NewReader(body)); code != http.StatusBadRequest || !strings.Contains(string(got), want) {
			t.Errorf("%.200q: %d, %s, want %q", body, code, got, want)
		}
	}
	broken := io.MultiReader(strings.NewReader(`{"apiVersion"`), failing{})
	if code, got := send(h, broken); code != http.StatusBadRequest || !strings.Contains(string(got), "connection lost") {
		t.Errorf("a body that breaks off: %d, %s", code, got)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection lost") }

// FuzzReview holds the handlers to an answer for whatever bytes come in, and the
// reading of reviews to what controller-runtime reads.
func FuzzReview(f *testing.F) {
	review := func(op, object, old string) []byte {
		return []byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","operation":"` + op +
			`","namespace":"gloo-system","kind":{"kind":"Gateway"},"object":` + object + `,"oldObject":` + old + `}}`)
	}
	good := `{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{"name":"g"},"spec":{"httpGateway":{}}}`
	for _, seed := range [][]byte{
		review("CREATE", good, "null"), review("UPDATE", good, good), review("DELETE", "null", good), review("CONNECT", "{}", "null"),
		review("CREATE", `[]`, "null"), review("CREATE", `{"apiVersion":1,"kind":{},"metadata":[]}`, "7"),
		review("CREATE", `{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{"annotations":[1],"labels":"x"},"spec":{"hybridGateway":{"matchedGateways":[null,1,{"httpGateway":[]}],"delegatedHttpGateways":{"selector":{"expressions":[{"operator":7}]}}}}}`, "null"),
		[]byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","operation":"CREATE","object":{"kind":"Gatew`),
		[]byte(`{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"\u0031\ud800","kind":{"group":"gateway.solo.io","version":"v1","kind":"Gateway"},
			"subResource":"status","name":"g","namespace":"n","operation":"UPDATE","userInfo":{"username":"u","extra":{"a":["b"]}},"object": {"a":[1, 2]} ,"oldObject":"x","dryRun":false,"options":null}}`),
		[]byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}`), []byte("\xff\xfe"), {}, []byte("null"),
	} {
		f.Add(seed)
	}
	testcase.Each(f, "../testdata", func(c testcase.Case) {
		for _, o := range c.Objects {
			f.Add([]byte(strings.Replace(string(review("CREATE", string(o.Raw()), "null")), `"kind":{"kind":"Gateway"}`, `"kind":{"kind":"`+string(o.Kind)+`"}`, 1)))
		}
	})
	e := engine(policy.Default(), refs.FromObjects(nil, false))
	ctrl.SetLogger(logr.Discard())
	f.Fuzz(func(t *testing.T, body []byte) {
		sameAsControllerRuntime(t, body)
		for _, handle := range []handler{e.Mutate, e.Validate} {
			code, said := send(newReviews(handle, logr.Discard()), strings.NewReader(string(body)))
			if code == http.StatusBadRequest && len(said) > 0 { // no review
				continue
			}
			var answer admissionv1.AdmissionReview
			if err := json.Unmarshal(said, &answer); err != nil || answer.Response == nil {
				t.Fatalf("no answer: %v, %s", err, said)
			}
			if res := answer.Response.Result; res != nil && strings.Contains(res.Message, "panic") {
				t.Fatal(res.Message)
			}
		}
	})
}

// sameAsControllerRuntime compares what is read of a review. A review that is
// invalid UTF-8 or YAML, or has a name twice, is none that an API server sends.
func sameAsControllerRuntime(t *testing.T, body []byte) {
	t.Helper()
	review := gjson.ParseBytes(body)
	if !utf8.Valid(body) || !gjson.ValidBytes(body) || twice(review) || twice(review.Get("request")) || twice(review.Get("request.kind")) ||
		review.Get("apiVersion").Str != reviewVersion || review.Get("kind").Str != reviewKind || !review.Get("request").IsObject() {
		return
	}
	var want *admission.Request
	post(&admission.Webhook{Handler: admission.HandlerFunc(func(_ context.Context, r admission.Request) admission.Response {
		want = &r
		return admission.Allowed("")
	})}, strings.NewReader(string(body)))
	if want == nil { // refused for something that glootrace does not look at, or does refuse
		return
	}
	got, err := parse(body)
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	type read struct{ uid, operation, kind, namespace, name, sub, object, old string }
	raw := func(r []byte) string { return strings.TrimSpace(string(r)) }
	object := func(exists bool, text string) string {
		if !exists {
			return ""
		}
		return text
	}
	if diff := cmp.Diff(
		read{string(want.UID), string(want.Operation), want.Kind.Kind, want.Namespace, want.Name, want.SubResource, raw(want.Object.Raw), raw(want.OldObject.Raw)},
		read{got.UID, string(got.Operation), string(got.Kind), got.Namespace, got.Name, got.SubResource,
			object(got.Object.Exists(), got.Object.Raw()), object(got.OldObject.Exists(), got.OldObject.Raw())},
		cmp.AllowUnexported(read{})); diff != "" {
		t.Errorf("-controller-runtime +glootrace:\n%s", diff)
	}
}

// twice tells whether a map has a name twice.
func twice(v gjson.Result) (found bool) {
	names := map[string]bool{}
	v.ForEach(func(name, _ gjson.Result) bool {
		found = found || names[name.Str]
		names[name.Str] = true
		return v.IsObject()
	})
	return found
}

func TestHugeReviewIsAnsweredClearly(t *testing.T) {
	e := engine(policy.Default(), refs.FromObjects(nil, false))
	h := newReviews(e.Validate, logr.Discard())
	object := func(size int) string {
		return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","operation":"CREATE","kind":{"kind":"Gateway"},"namespace":"n","name":"g","object":
		{"apiVersion":"gateway.solo.io/v1","kind":"Gateway","metadata":{"name":"g"},"spec":{"x":"` + strings.Repeat("x", size) + `","httpGateway":{"options":{"httpConnectionManagerSettings":{"tracing":{"openTelemetryConfig":{}}}}}}}}}`
	}
	var answer admissionv1.AdmissionReview
	if err := json.Unmarshal(post(h, strings.NewReader(object(3<<20))), &answer); err != nil {
		t.Fatal(err)
	}
	if r := answer.Response; r.Allowed || !strings.Contains(r.Result.Message, "GT103") {
		t.Errorf("3 MB: %v", r.Result)
	}
	unknown := io.MultiReader(strings.NewReader(object(8 << 20))) // of which nobody says how long it is
	if code, got := send(h, unknown); code != http.StatusRequestEntityTooLarge || !strings.Contains(string(got), "too large") {
		t.Errorf("8 MB: %d, %s", code, got)
	}
	never := newOverload(roomForReviews).handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("8 MB are received") }))
	if code, got := send(never, strings.NewReader(object(8<<20))); code != http.StatusRequestEntityTooLarge || !strings.Contains(string(got), "too large") {
		t.Errorf("8 MB: %d, %s", code, got)
	}
}

// Who sends what is no review chooses its words, and the log has them.
func TestWhatCanNotBeReadIsToldInFewWords(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for _, body := range []string{
		`{"apiVersion":"` + long + `","kind":"AdmissionReview"}`,
		`{"apiVersion":"admission.k8s.io/v1","kind":"` + long + `"}`,
		`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":["` + long + `"]}}`,
		`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":"` + long + `"}`,
		`{"` + long + `":`,
		`{"` + long + `" "`,
		long,
	} {
		code, answer := send(newReviews(nil, logr.Discard()), strings.NewReader(body))
		if code != http.StatusBadRequest || len(answer) > 300 {
			t.Errorf("%.60s: %d, with %d bytes: %.100s", body, code, len(answer), answer)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Content-Type", long)
	w := httptest.NewRecorder()
	newReviews(nil, logr.Discard()).ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || w.Body.Len() > 300 {
		t.Errorf("a Content-Type: %d, with %d bytes", w.Code, w.Body.Len())
	}
}
