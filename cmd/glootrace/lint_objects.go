package main

import (
	"context"
	"runtime"
	"slices"

	"k8s.io/client-go/util/workqueue"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/mutate"
	"github.com/glootrace/glootrace/validate"
)

// surroundings are what is known beside the files.
type surroundings struct {
	// objects are those of a cluster.
	objects []gloo.Object
	// complete: what is neither among these nor in the files does not exist.
	complete bool
}

func (s surroundings) with(objects []gloo.Object) refs.Reader {
	return refs.FromObjects(slices.Concat(s.objects, objects), s.complete)
}

// lint finds, on all cores, what is wrong with the objects and what injection would leave alone.
func lint(ctx context.Context, read []*document.File, manifests []manifest, pol policy.Policy, around surroundings) lintReport {
	report := newLintReport()
	for _, f := range read {
		report.Summary.Documents += f.Documents()
	}
	objects := objectsOf(manifests)
	written := around.with(objects)
	admitted := written
	if after := withUpstreamsAdmitted(objects, pol, written); after != nil {
		admitted = around.with(after)
	}
	found := make([][]finding.Finding, len(manifests))
	workqueue.ParallelizeUntil(ctx, runtime.GOMAXPROCS(0), len(manifests), func(i int) {
		found[i] = findings(objects[i], pol, written, admitted)
	})
	for i, m := range manifests {
		report.add(m, found[i])
	}
	return report
}

// findings are what validation finds in an object, and what mutation notes about it. Both are told of others as written,
// but for the Upstreams that mutation asks for: as with inject, they come first.
func findings(o gloo.Object, pol policy.Policy, written, admitted refs.Reader) []finding.Finding {
	found := validate.Object(o, nil, pol, written)
	if o.IsPart() {
		return found
	}
	notes := mutate.Notes(o, pol, admitted)
	if len(notes) == 0 {
		return found
	}
	return validate.Judge(o, pol, append(found, notes...))
}

// withUpstreamsAdmitted are the objects with what admission adds to the Upstreams among them; nil if it adds nothing.
func withUpstreamsAdmitted(objects []gloo.Object, pol policy.Policy, known refs.Reader) (admitted []gloo.Object) {
	for i, o := range objects {
		if !o.Is(gloo.Upstream) {
			continue
		}
		result := mutate.Object(o, pol, known)
		if len(result.Patch) == 0 {
			continue
		}
		if after, err := result.Applied(o); err == nil { // otherwise it stays as it is, as in a cluster
			if admitted == nil {
				admitted = slices.Clone(objects)
			}
			admitted[i] = after
		}
	}
	return admitted
}
