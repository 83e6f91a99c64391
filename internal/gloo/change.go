package gloo

import (
	"maps"
	"strings"
)

// OwnPrefix is that of glootrace's own annotations, labels and API.
const OwnPrefix = "glootrace.dev/"

// SameIntent tells whether the object says what old said: the same spec, labels
// and annotations for glootrace. Gloo writes an object's status all the time,
// as an update of the whole object, and such a write changes none of them.
func (o Object) SameIntent(old Object) bool {
	return o.Deleting == old.Deleting &&
		o.Spec().Raw() == old.Spec().Raw() &&
		maps.Equal(o.Labels(), old.Labels()) &&
		maps.Equal(o.ownAnnotations(), old.ownAnnotations())
}

func (o Object) ownAnnotations() map[string]string {
	own := map[string]string{}
	for name, value := range o.Annotations() {
		if strings.HasPrefix(name, OwnPrefix) {
			own[name] = value
		}
	}
	return own
}
