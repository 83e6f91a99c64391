// Package webhook is the door for the Kubernetes API server: it turns admission
// reviews into objects, asks mutate and validate, and turns what they say into
// responses.
package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	admissionv1 "k8s.io/api/admission/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/mutate"
	"github.com/glootrace/glootrace/validate"
)

// Engine is what both handlers work with.
type Engine struct {
	// Policy gives the Policy that holds now.
	Policy func() policy.Policy
	// Known gives what is known of other objects, for the time of a request.
	Known func(context.Context) refs.Reader
	// Metrics count what the handlers do.
	Metrics *Metrics
}

// Mutate answers /mutate: with a patch that adds tracing to the object.
func (e Engine) Mutate(ctx context.Context, req Request) admission.Response {
	o, old, err := objects(req)
	if err != nil && req.SubResource == "" {
		return unreadable(req, err)
	}
	if settled(o, old, req) || req.Operation == admissionv1.Delete {
		return admission.Allowed("")
	}
	result := mutate.Object(o, e.Policy(), e.Known(ctx))
	e.Metrics.mutated(o.Kind, result)
	return patched(result)
}

// Validate answers /validate: with a refusal if the change brings an error.
func (e Engine) Validate(ctx context.Context, req Request) admission.Response {
	o, old, err := objects(req)
	if err != nil && req.SubResource == "" {
		return unreadable(req, err)
	}
	if settled(o, old, req) {
		return admission.Allowed("")
	}
	pol := e.Policy()
	var found []finding.Finding
	if req.Operation == admissionv1.Delete {
		found = validate.Deletion(o, pol, e.Known(ctx))
	} else {
		found = validate.Object(o, old, pol, e.Known(ctx))
	}
	e.Metrics.found(found)
	mode := pol.Validation.Mode
	if o.Kind == gloo.Pod { // a proxy that does not start is worse than one that is not traced
		mode = policy.Warn
	}
	return judged(o, found, mode)
}

// unreadable answers a review whose object cannot be read. A pod is let
// through: nothing about tracing may keep a proxy from starting.
func unreadable(req Request, err error) admission.Response {
	if req.Kind == gloo.Pod {
		return admission.Allowed("").WithWarnings("glootrace leaves it alone: " + err.Error())
	}
	return admission.Errored(http.StatusBadRequest, err)
}

// objects are the object under review and, for an update, what it was before.
func objects(req Request) (o gloo.Object, old *gloo.Object, err error) {
	if req.Operation == admissionv1.Delete {
		o, err = decode(req, req.OldObject)
		return o, nil, err
	}
	if o, err = decode(req, req.Object); err != nil {
		return o, nil, err
	}
	if req.Operation == admissionv1.Update {
		before, err := decode(req, req.OldObject)
		return o, &before, err
	}
	return o, nil, nil
}

func decode(req Request, v gloo.Value) (gloo.Object, error) {
	if !v.Exists() {
		return gloo.Object{}, fmt.Errorf("%s %s/%s: %w for operation %q", req.Kind, req.Namespace, req.Name, errNoObject, req.Operation)
	}
	o, err := v.Object()
	if err != nil {
		return gloo.Object{}, fmt.Errorf("%s %s/%s: %w", req.Kind, req.Namespace, req.Name, err)
	}
	return o.InNamespace(req.Namespace), nil
}

var errNoObject = errors.New("the admission review holds no object")

// settled tells whether nothing about the request is glootrace's business: the
// object is on its way out, or the write leaves alone what it says.
func settled(o gloo.Object, old *gloo.Object, req Request) bool {
	return o.Deleting || req.SubResource != "" || old != nil && o.SameIntent(*old)
}
