package gloo

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Slim writes what rules ask about an object when another is reviewed: the labels
// that it may be selected by, glootrace's own annotations, whether it is being
// deleted, and the fields of the kind's shape. It is what a cache of the cluster's objects holds, so that
// its size does not depend on theirs; who the object is the cache knows anyway.
// Nothing in it is v's memory. Unslim reads it.
func Slim(v Value, kind Kind) []byte {
	out := append(make([]byte, 0, 512), `{"metadata":`...)
	kept := keptMetadata
	if selected(kind) {
		kept = keptOfSelected
	}
	out = kept.appendKept(out, v.child("metadata"))
	if spec := v.child("spec"); spec.Exists() {
		if want, ok := shapes[kind]; ok {
			out = want.appendKept(append(out, `,"spec":`...), spec)
		}
	}
	return append(out, '}')
}

// Unslim is the object of which Slim has written raw, which must not change afterwards.
func Unslim(raw []byte, apiVersion string, kind Kind, ref Ref) (Object, error) {
	v, err := Parse(raw)
	if err != nil {
		return Object{}, err
	}
	return Object{
		APIVersion: apiVersion, Kind: kind, Namespace: ref.Namespace, Name: ref.Name,
		Deleting: v.Child("metadata", "deletionTimestamp").Exists(), root: v, meta: &metadata{},
	}, nil
}

// selected tells whether objects of a kind are ever chosen by their labels.
func selected(kind Kind) bool {
	switch kind {
	case VirtualService, RouteTable, MatchableHTTPGateway, Namespace, Pod:
		return true
	}
	return false
}

// What is kept of an object's metadata.
var (
	keptMetadata   = mapOf(fields{"deletionTimestamp": text, "annotations": keptAnnotations})
	keptOfSelected = mapOf(fields{"deletionTimestamp": text, "annotations": keptAnnotations, "labels": texts})

	keptAnnotations = shape{kind: isMap, item: &text, only: func(name string) bool {
		// The latter tells a watch's reader that all objects that there were have been sent.
		return strings.HasPrefix(name, OwnPrefix) || name == metav1.InitialEventsAnnotationKey
	}}
)

// appendKept writes what of v the shape names.
func (s shape) appendKept(out []byte, v Value) []byte {
	switch v.kind() {
	case jsonMap:
		out = append(out, '{')
		if s.kind == isMap { // else that it is there is all that is asked
			nodes, first := v.tree.nodes, true
			for i := v.node + 1; i < nodes[v.node].after; i = nodes[i].after {
				name := v.tree.name(&nodes[i])
				next, ok := s.field(name)
				if !ok || next.own {
					continue
				}
				if !first {
					out = append(out, ',')
				}
				first = false
				out = append(out, v.tree.text(nodes[i].key, nodes[i].keyEnd)...)
				out = next.appendKept(append(out, ':'), Value{tree: v.tree, node: i})
			}
		}
		return append(out, '}')
	case jsonList:
		out = append(out, '[')
		if s.kind == isList {
			nodes := v.tree.nodes
			for i := v.node + 1; i < nodes[v.node].after; i = nodes[i].after {
				if i > v.node+1 {
					out = append(out, ',')
				}
				out = s.item.appendKept(out, Value{tree: v.tree, node: i})
			}
		}
		return append(out, ']')
	case jsonNull: // also what is not there
		return append(out, "null"...)
	default:
		return append(out, v.Raw()...)
	}
}
