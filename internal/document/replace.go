package document

import (
	"slices"

	"gomodules.xyz/jsonpatch/v2"
)

// replace applies an operation that replaces one scalar by another.
func (d *doc) replace(path []string, op jsonpatch.Operation) *Error {
	tokens, err := splitPointer(op.Path)
	number := d.tree().lineAt(slices.Concat(path, tokens))
	value, problemOfValue := normal(op.Value)
	if err != nil || problemOfValue != nil || len(tokens) == 0 || !isScalar(value) {
		return at(number, "replace %q: can only replace a scalar by another", op.Path)
	}
	tokens = slices.Concat(path, tokens)
	want, problem := d.content()
	if problem != nil {
		return problem
	}
	want, old, err := without(want, tokens, true, value)
	if err != nil {
		return at(number, "replace %s: %w", op.Path, err)
	}
	if !isScalar(old) || old == nil {
		return at(number, "replace %s: there is no scalar to replace", op.Path)
	}
	e := d.editor()
	n := e.root
	for _, token := range tokens {
		c, problem := n.own(token)
		if problem != nil {
			return problem
		}
		n = c.value
	}
	if problem := n.unshared(); problem != nil {
		return problem
	}
	next := *d
	if n.end >= 0 {
		written := e.inside(n.start, []any{value})
		next.text = slices.Concat(d.text[:n.start], []byte(written), d.text[n.end:])
		err = next.reread(want)
	}
	if n.end < 0 || err != nil {
		return at(number, "replace %s: the file is written in a way that can not be edited safely", op.Path)
	}
	*d = next
	return nil
}

func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}
