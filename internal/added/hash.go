package added

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"gomodules.xyz/jsonpatch/v2"

	"github.com/glootrace/glootrace/internal/gloo"
)

// Hash tells values apart, however their JSON is written. It is empty for what is no
// JSON, and so nothing that anybody could add.
func Hash(value any) string {
	hash, _ := Hashed(value)
	return hash
}

// Hashed is a value's Hash, and the size of the value's text.
func Hashed(value any) (hash string, size int) {
	text, err := gloo.AppendJSON(nil, value)
	if err != nil {
		return "", 0
	}
	return sum(text), len(text)
}

// SpecHash is the Hash of an object's spec with what operations add to it. It is false
// if one of them does anything else than to add to a map that is there, or to a list's end.
func SpecHash(o gloo.Object, operations []jsonpatch.Operation) (string, bool) {
	additions := &gloo.Additions{}
	for _, op := range operations {
		pointer, in := strings.CutPrefix(op.Path, "/spec")
		if in && (op.Operation != "add" || !additions.Add(pointer, op.Value)) {
			return "", false
		}
	}
	spec := o.Spec()
	text, err := spec.AppendCanonical(make([]byte, 0, 2*len(spec.Raw())+1024), additions)
	return sum(text), err == nil
}

func sum(text []byte) string {
	digest := sha256.Sum256(text)
	return hex.EncodeToString(digest[:4])
}
