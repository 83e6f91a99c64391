package webhook

import (
	"context"
	"runtime/debug"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/glootrace/glootrace/internal/seldom"
)

// guard wraps a handler with what every request gets: its verdict is counted,
// and a fault of glootrace's own never refuses an object. A panic would become
// a refusal whatever the failurePolicy says.
func guard(handle handler, m *Metrics, log logr.Logger) handler {
	panics := seldom.New()
	return func(ctx context.Context, req Request) (response admission.Response) {
		verdict := ""
		defer func() {
			if fault := recover(); fault != nil {
				panics.To(log).Error(nil, "panic while answering; the object is let through",
					"kind", req.Kind, "namespace", req.Namespace, "name", req.Name,
					"panic", fault, "stack", string(debug.Stack()))
				verdict = "panicked"
				response = admission.Allowed("").WithWarnings("glootrace failed on this object, so it was neither checked nor changed; its log says why")
			}
			if verdict == "" {
				verdict = verdictOf(response)
			}
			m.admitted(req.Kind, verdict)
		}()
		return handle(ctx, req)
	}
}

// verdictOf sums a response up in one word of a fixed list.
func verdictOf(r admission.Response) string {
	switch {
	case !r.Allowed && r.Result != nil && r.Result.Code >= 400 && r.Result.Code != 403:
		return "errored"
	case !r.Allowed:
		return "denied"
	case len(r.Patches) > 0:
		return "patched"
	case len(r.Warnings) > 0:
		return "warned"
	default:
		return "allowed"
	}
}
