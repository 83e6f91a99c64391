package added

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"gomodules.xyz/jsonpatch/v2"

	"github.com/glootrace/glootrace/internal/gloo"
)

// Hash tells values apart, however their JSON is written. It is empty for what is no
// JSON, and so nothing that anybody could add.
func Hash(value any) string {
	hash, _ := hashed(value)
	return hash
}

// hashed is a value's Hash, and the size of the value's text.
func hashed(value any) (hash string, size int) {
	v, err := parse(value)
	if err != nil {
		return "", 0
	}
	hash, _ = sum(v, nil)
	return hash, len(v.Raw())
}

// SpecHash is the Hash of an object's spec with what operations add to it. It is false
// if one of them does anything else than to add to a map that is there, or to a list's end.
func SpecHash(o gloo.Object, operations []jsonpatch.Operation) (string, bool) {
	additions := &gloo.Additions{}
	for _, op := range operations {
		pointer, in := strings.CutPrefix(op.Path, "/spec")
		if !in {
			continue
		}
		v, err := parse(op.Value)
		if err != nil || op.Operation != "add" || !additions.Add(pointer, v) {
			return "", false
		}
	}
	hash, err := sum(o.Spec(), additions)
	return hash, err == nil
}

func sum(v gloo.Value, with *gloo.Additions) (string, error) {
	text, err := v.AppendCanonical(make([]byte, 0, len(v.Raw())+1024), with)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(text)
	return hex.EncodeToString(digest[:4]), nil
}

func parse(value any) (gloo.Value, error) {
	raw, is := value.(json.RawMessage)
	if !is {
		var err error
		if raw, err = json.Marshal(value); err != nil {
			return gloo.Value{}, err
		}
	}
	return gloo.Parse(raw)
}
