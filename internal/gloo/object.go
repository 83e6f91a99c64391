// Package gloo knows where things lie in Gloo's API: the kinds that carry
// tracing configuration, the places where a tracing block or a transformation
// can stand in them, and what differs between versions of Gloo. Nothing else in
// glootrace looks into a document by field name.
package gloo

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Object is one Kubernetes object: who it is, and views into the raw document
// that it was read from. It is immutable.
type Object struct {
	APIVersion string
	Kind       Kind
	Namespace  string
	Name       string
	// Deleting is set once the object has a deletionTimestamp.
	Deleting bool

	root Value
	meta *metadata
}

// metadata are an object's labels and annotations, which are read once and when
// they are asked for: thousands of selectors, or of the object's own listeners, may ask.
type metadata struct {
	once                sync.Once
	labels, annotations map[string]string
}

// Ref names a namespaced object, or one field that refers to it.
type Ref struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// String is namespace/name, as kubectl and Kubernetes caches write it.
func (r Ref) String() string { return r.Namespace + "/" + r.Name }

// Decode reads one object from JSON. It keeps raw, which must not change
// afterwards. It fails if raw is not a JSON object that says what it is; fields
// of a wrong type are left to Object.Misfits.
func Decode(raw []byte) (Object, error) {
	v, err := Parse(raw)
	if err != nil {
		return Object{}, err
	}
	return v.Object()
}

// Object takes a value for an object, wherever it stands: paths in the object
// begin with it. It fails as Decode does.
func (v Value) Object() (Object, error) {
	return v.ObjectOf(v.Child("apiVersion").Text(), Kind(v.Child("kind").Text()))
}

// ObjectOf takes a value for an object of a kind, as it stands in a list, where the value itself need not say so.
func (v Value) ObjectOf(apiVersion string, kind Kind) (Object, error) {
	root := Value{tree: v.tree, node: v.node}
	if !root.IsMap() {
		return Object{}, fmt.Errorf("expected an object, got %s", root.typeName())
	}
	meta := root.Child("metadata")
	o := Object{
		APIVersion: apiVersion,
		Kind:       kind,
		Namespace:  meta.Child("namespace").Text(),
		Name:       meta.Child("name").Text(),
		Deleting:   meta.Child("deletionTimestamp").Exists(),
		root:       root,
		meta:       &metadata{},
	}
	if o.Kind == "" || o.APIVersion == "" {
		return Object{}, errors.New("apiVersion and kind are needed to know what this object is")
	}
	if o.Kind == Namespace && o.APIVersion == "v1" {
		o.Namespace = "" // whatever the document says
	}
	if o.Name == "" { // a pod on its way in has only that
		o.Name = meta.Child("generateName").Text()
	}
	return o, nil
}

// Ref is the object's namespace and name.
func (o Object) Ref() Ref { return Ref{o.Namespace, o.Name} }

// String names the object for people: "Gateway gloo-system/gateway-proxy".
func (o Object) String() string {
	name := o.Name
	if o.Namespace != "" {
		name = o.Ref().String()
	}
	return Printable(strings.TrimSpace(string(o.Kind) + " " + name))
}

// Raw is the document that the object was read from.
func (o Object) Raw() []byte { return []byte(o.root.Raw()) }

// At is the value at a path.
func (o Object) At(p *Path) Value {
	switch {
	case p == nil:
		return o.root
	case p.tree == o.root.tree: // where it was found
		return Value{Path: p, tree: p.tree, node: p.node}
	}
	around := o.At(p.parent)
	if p.name != "" {
		return around.Child(p.name)
	}
	return around.item(p)
}

// Spec is the object's spec.
func (o Object) Spec() Value { return o.root.Child("spec") }

// Metadata is the object's metadata.
func (o Object) Metadata() Value { return o.root.Child("metadata") }

// ConfigData are the texts in a ConfigMap.
func (o Object) ConfigData() Value { return o.root.Child("data") }

// Labels are the object's labels; nobody may change them.
func (o Object) Labels() map[string]string { return o.readMeta().labels }

// Annotations are the object's annotations; nobody may change them.
func (o Object) Annotations() map[string]string { return o.readMeta().annotations }

func (o Object) readMeta() *metadata {
	if o.meta == nil { // no object
		return &metadata{}
	}
	o.meta.once.Do(func() {
		o.meta.labels = o.root.Child("metadata", "labels").Texts()
		o.meta.annotations = o.root.Child("metadata", "annotations").Texts()
	})
	return o.meta
}

// InNamespace is the object as it is known in namespace ns if it names none
// itself and is neither a Namespace nor a Policy of glootrace's.
func (o Object) InNamespace(ns string) Object {
	if o.Namespace == "" && o.Kind != Namespace && !strings.HasPrefix(o.APIVersion, OwnPrefix) {
		o.Namespace = ns
	}
	return o
}

// Names lists objects for a message, the first three by name.
func Names(objects []Object) string {
	const most = 3
	var names []string
	for _, o := range objects[:min(most, len(objects))] {
		names = append(names, o.String())
	}
	if more := len(objects) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
