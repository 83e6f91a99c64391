package mutate

import (
	"encoding/json"
	"fmt"
	"slices"

	jsonpatchapply "github.com/evanphx/json-patch/v5"
	"gomodules.xyz/jsonpatch/v2"

	"github.com/glootrace/glootrace/internal/added"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

var annotationsPath = (*gloo.Path)(nil).Child("metadata", "annotations")

// record notes in the object's annotations what is added to it, beside what was
// before and is still as it was. Nothing is added that can not be recorded: it
// could not be taken out again.
func (p *patch) record() {
	if p.full() {
		p.refrain("more additions than an API server stores in one object", "make several objects of it")
	}
	if len(p.operations) == 0 {
		return
	}
	path := annotationsPath.Child(added.Annotation)
	before := p.object.At(path)
	if before.Exists() {
		p.rerecord(before)
		return
	}
	r, ok := p.room(path)
	if !ok { // no object that the API server would take
		p.operations, p.added = nil, nil
		return
	}
	record := added.Record{Entries: append([]added.Entry{r.entry(added.Pointer, "")}, p.entries...)}
	if slices.ContainsFunc(record.Entries, added.Entry.InList) {
		if _, fits := p.text(record); !fits { // as is known before the work on the hash
			return
		}
		var simple bool
		if record.Spec, simple = added.SpecHash(p.object, p.operations); !simple {
			after, err := p.after()
			if err != nil { // no patch that the API server would take
				p.operations, p.added = nil, nil
				return
			}
			record.Spec = added.Hash(after["spec"])
		}
	}
	text, fits := p.text(record)
	if !fits {
		return
	}
	operation := r.operation(text)
	for i, o := range p.operations {
		if o.Path == operation.Path { // a proxy's pod gets an annotation already
			p.operations[i].Value = merged(o.Value, operation.Value)
			return
		}
	}
	p.operations = append(p.operations, operation)
}

// noteUnrecorded notes what record does if what is added can not be recorded.
func (p *patch) noteUnrecorded() {
	before := p.object.At(annotationsPath.Child(added.Annotation))
	switch {
	case len(p.operations) == 0:
	case before.Exists():
		p.rerecord(before)
	default:
		p.text(added.Record{Entries: append([]added.Entry{{Pointer: added.Pointer}}, p.entries...)})
	}
}

// rerecord adds to a record.
func (p *patch) rerecord(old gloo.Value) {
	record, err := added.Parse(old.Text())
	if err != nil {
		p.refrain("the one that is there can not be read", "remove that annotation, if nobody needs it")
		return
	}
	after, err := p.after()
	before, errBefore := added.Object(p.object.Raw())
	if err != nil || errBefore != nil {
		p.operations, p.added = nil, nil
		return
	}
	if text, fits := p.text(record.Update(before, after, p.entries)); fits && text != old.Text() {
		p.operations = append(p.operations, jsonpatch.NewOperation("replace", old.Path.Pointer(), text))
	}
}

// text is a record as the annotation has it. If it can not be read, or the object's
// annotations have no room for it, nothing is added.
func (p *patch) text(record added.Record) (text string, fits bool) {
	text, fits = record.Text()
	if !fits {
		p.refrain("more additions than a record has room for", "make several objects of it")
		return "", false
	}
	annotations := p.object.At(annotationsPath)
	more := len(added.Annotation) + len(text)
	if before := annotations.Child(added.Annotation); before.Exists() {
		more -= len(added.Annotation) + len(before.Text())
	}
	if !gloo.RoomFor(more, annotations) {
		p.refrain(fmt.Sprintf("no room for %d bytes more of annotations", more),
			"shorten the annotations; with kubectl create, replace or apply --server-side there is no last-applied-configuration")
		return "", false
	}
	return text, true
}

// refrain has nothing added.
func (p *patch) refrain(reason, fix string) {
	p.operations, p.added = nil, nil
	p.notes.Add(finding.NotRecorded, annotationsPath, "reason", reason, "fix", fix)
}

// after is the object with what the operations add.
func (p *patch) after() (object map[string]any, err error) {
	raw, err := apply(p.object.Raw(), p.operations)
	if err != nil {
		return nil, err
	}
	return added.Object(raw)
}

// apply is a document with operations applied to it, as the API server does it.
func apply(raw []byte, operations []jsonpatch.Operation) ([]byte, error) {
	written, err := json.Marshal(operations)
	if err != nil {
		return nil, err
	}
	decoded, err := jsonpatchapply.DecodePatch(written)
	if err != nil {
		return nil, err
	}
	return decoded.Apply(raw)
}

// merged is a with what b has beside it.
func merged(a, b any) any {
	from, ok := b.(map[string]any)
	into, also := a.(map[string]any)
	if !ok || !also {
		return b
	}
	for name, value := range from {
		if old, both := into[name]; both {
			value = merged(old, value)
		}
		into[name] = value
	}
	return into
}
