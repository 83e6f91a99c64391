package webhook

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"github.com/tidwall/gjson"
	admissionv1 "k8s.io/api/admission/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/seldom"
)

// maxReview is the most bytes that a review may have, as in controller-runtime:
// two objects of at most 3 MiB each, and 1 MiB for what is around them.
const maxReview = 7 << 20

// Request is what an admission review asks. It shares its memory with the
// review: what outlives the answer must not be made of it.
type Request struct {
	UID             string
	Operation       admissionv1.Operation
	Kind            gloo.Kind
	Namespace, Name string
	SubResource     string
	// Object is the object under review, OldObject what it was before; either may not exist.
	Object, OldObject gloo.Value
}

// handler answers a request.
type handler func(context.Context, Request) admission.Response

// reviews serves a handler over HTTP as controller-runtime's admission.Webhook
// does, but reads a review once: there the whole of it is decoded three times,
// and then its object once more.
type reviews struct {
	handle     handler
	log        logr.Logger
	unreadable *seldom.Lines
}

func newReviews(handle handler, log logr.Logger) reviews { return reviews{handle, log, seldom.New()} }

// ServeHTTP answers one review. Like any admission webhook it reports an error
// in the review's answer. A review that cannot be read has no answer, which
// would need the review's UID: the API server shows its user the text of
// another HTTP status than 200, and goes by the failurePolicy.
func (h reviews) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	req, code, err := receive(buffer, w, r)
	if err != nil {
		h.unreadable.To(h.log).Error(err, "an admission review that cannot be read", "from", r.RemoteAddr)
		http.Error(w, err.Error(), code)
		return
	}
	response := h.handle(r.Context(), req)
	answer, err := appendAnswer(buffer.AvailableBuffer(), req.UID, response)
	if err != nil {
		h.log.Error(err, "an answer that cannot be written")
		answer, _ = appendAnswer(buffer.AvailableBuffer(), req.UID, admission.Errored(http.StatusInternalServerError, err))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerWithin)) // for this review
	_, _ = w.Write(answer)                                                           // it fails if the API server has gone away
}

// buffers are for the bytes of reviews on their way in, and of answers.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// receiveWithin is how long a review may take to arrive: it is on its way to
// somebody who waits for 30 s at most, and takes memory from others.
const receiveWithin = 5 * time.Second

// answerWithin is how long the sender may take to read its answer, which takes
// memory from others until then.
const answerWithin = 5 * time.Second

var errTooLarge = fmt.Errorf("the review is too large: more than %d bytes", maxReview)

// receive reads a review with a buffer's help, which it leaves empty. With an
// error comes the HTTP status that says what kind of error it is.
func receive(buffer *bytes.Buffer, w http.ResponseWriter, r *http.Request) (Request, int, error) {
	if kind := r.Header.Get("Content-Type"); kind != "application/json" {
		return Request{}, http.StatusBadRequest, fmt.Errorf("the review's Content-Type is %.40q, not application/json", kind)
	}
	buffer.Reset()
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(receiveWithin))
	_, err := buffer.ReadFrom(io.LimitReader(r.Body, maxReview+1))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return Request{}, http.StatusRequestTimeout, fmt.Errorf("the review has not arrived within %v", receiveWithin)
	}
	if err != nil {
		return Request{}, http.StatusBadRequest, fmt.Errorf("receiving the review: %w", err)
	}
	if buffer.Len() > maxReview {
		return Request{}, http.StatusRequestEntityTooLarge, errTooLarge
	}
	_ = connection.SetReadDeadline(time.Time{})
	// A copy: the buffer is the next review's, and an answer's before that.
	body := bytes.Clone(buffer.Bytes())
	buffer.Reset()
	req, err := parse(body)
	if err != nil {
		return req, http.StatusBadRequest, fmt.Errorf("reading the review: %w", err)
	}
	return req, http.StatusOK, nil
}

const (
	reviewVersion = "admission.k8s.io/v1"
	reviewKind    = "AdmissionReview"
)

var errNoRequest = errors.New("it holds no request")

// parse reads a review. What glootrace does not look at, it does not check.
func parse(body []byte) (Request, error) {
	review, err := gloo.Parse(body)
	if err != nil {
		return Request{}, err
	}
	var wrong error
	text := func(v gloo.Value) string {
		if v.IsOtherThanText() && wrong == nil {
			wrong = fmt.Errorf("%s is %s, not a string", v.Path, v.Raw()[:min(len(v.Raw()), 20)])
		}
		return v.Text()
	}
	version, kind := review.Child("apiVersion").Text(), review.Child("kind").Text()
	if version != reviewVersion || kind != reviewKind {
		return Request{}, fmt.Errorf("it is a %.40q of %.40q, not an %s of %s", kind, version, reviewKind, reviewVersion)
	}
	r := review.Child("request")
	if !r.IsMap() {
		return Request{}, errNoRequest
	}
	req := Request{
		UID:         text(r.Child("uid")),
		Operation:   admissionv1.Operation(text(r.Child("operation"))),
		Kind:        gloo.Kind(text(r.Child("kind", "kind"))),
		Namespace:   text(r.Child("namespace")),
		Name:        text(r.Child("name")),
		SubResource: text(r.Child("subResource")),
		Object:      r.Child("object"),
		OldObject:   r.Child("oldObject"),
	}
	return req, wrong
}

// appendAnswer appends the answer to a review. The fields that are most often
// there are written by hand, which takes a tenth of the time of reflection.
func appendAnswer(b []byte, uid string, response admission.Response) ([]byte, error) {
	b = append(b, `{"kind":"`+reviewKind+`","apiVersion":"`+reviewVersion+`","response":{"uid":`...)
	b = gjson.AppendJSONString(b, uid)
	b = append(b, `,"allowed":`...)
	b = fmt.Append(b, response.Allowed)
	if result := response.Result; result != nil && (result.Code != http.StatusOK || result.Message != "") {
		status, err := json.Marshal(result)
		if err != nil {
			return nil, fmt.Errorf("the status: %w", err)
		}
		b = append(append(b, `,"status":`...), status...)
	} else {
		b = append(b, `,"status":{"metadata":{},"code":200}`...)
	}
	if len(response.Patches) > 0 {
		patch, err := appendPatch(nil, response.Patches)
		if err != nil {
			return nil, err
		}
		b = append(b, `,"patch":"`...)
		b = base64.StdEncoding.AppendEncode(b, patch)
		b = append(b, `","patchType":"JSONPatch"`...)
	}
	for i, w := range response.Warnings {
		b = append(b, [...]string{`,"warnings":[`, `,`}[min(i, 1)]...)
		b = gjson.AppendJSONString(b, w)
	}
	if len(response.Warnings) > 0 {
		b = append(b, ']')
	}
	return append(b, "}}\n"...), nil
}
