package gloo

import (
	"maps"
	"slices"
)

// Misfit is a value that is not as Gloo's API has it.
type Misfit struct {
	Value
	// Want is the type that belongs here, empty if the field is unknown.
	Want string
	// Known are the fields that Gloo's API has in the unknown field's place, sorted.
	Known []string
	// Elsewhere are the places in which Gloo's API has a field of the unknown one's name.
	Elsewhere []string
}

// Misfits gives found the values of the object, among those that glootrace reads,
// that Gloo's API has in another type or not at all, in the document's order.
func (o Object) Misfits(found func(Misfit)) {
	spec, known := shapes[o.Kind]
	if !known || !o.IsGloo() {
		return
	}
	f := fitting{spec: spec, found: found}
	o.root.Fields(func(name string, field Value) {
		if _, belongs := spec.fields[name]; belongs {
			f.unknown(field, mapOf(fields{"spec": spec}))
		}
	})
	f.fit(o.Spec(), spec)
}

// maxPlaced is of how many unknown fields the right place is looked for. Nobody
// reads more.
const maxPlaced = 100

// objectMeta is of what type Kubernetes' API has what users write in metadata.
var objectMeta = mapOf(fields{"name": text, "generateName": text, "namespace": text, "labels": texts, "annotations": texts})

// MetadataMisfits gives found the values of a metadata, of an object or of the pods
// in one, that Kubernetes' API has in another type.
func MetadataMisfits(metadata Value, found func(Misfit)) {
	f := fitting{found: func(m Misfit) {
		if m.Want != "" {
			found(m)
		}
	}}
	f.fit(metadata, objectMeta)
}

// fitting is a look at one object.
type fitting struct {
	spec     shape
	found    func(Misfit)
	unplaced int // unknown fields so far
	// blind: whether there are misfits at all is looked for.
	blind, misfits bool
}

// fit looks at a value and all in it: first without making paths, which takes longer
// than the look, and nearly always finds nothing.
func (f *fitting) fit(v Value, want shape) {
	f.blind = true
	f.look(Value{tree: v.tree, node: v.node}, want)
	if f.blind = false; f.misfits {
		f.look(v, want)
	}
}

func (f *fitting) look(v Value, want shape) {
	switch {
	case !v.Exists():
		return
	case !want.takes(v) && f.blind:
		f.misfits = true
		return
	case !want.takes(v):
		f.found(Misfit{Value: v, Want: want.kind.String()})
		return
	case want.kind != isList && !v.IsMap():
		return
	}
	nodes, index := v.tree.nodes, int32(0)
	for i := v.node + 1; i < nodes[v.node].after; i, index = nodes[i].after, index+1 {
		below, name, next, known := Value{tree: v.tree, node: i}, "", shape{}, true
		if want.kind == isList {
			next = *want.item
		} else {
			name = v.tree.name(&nodes[i])
			next, known = want.field(name)
		}
		unknown := next.kind == isNothing || !known && (want.closed || want.misspelt(name))
		switch {
		case unknown && f.blind:
			f.misfits = f.misfits || below.Exists()
			continue
		case !unknown && !known:
			continue
		case !f.blind && want.kind == isList:
			below.Path = &Path{parent: v.Path, index: index, tree: v.tree, node: i}
		case !f.blind:
			below.Path = &Path{parent: v.Path, name: name, tree: v.tree, node: i}
		}
		if unknown {
			f.unknown(below, want)
		} else {
			f.look(below, next)
		}
	}
}

// unknown notes a field that a map of this shape has not got.
func (f *fitting) unknown(field Value, around shape) {
	if !field.Exists() {
		return
	}
	m := Misfit{Value: field}
	for _, name := range slices.Sorted(maps.Keys(around.fields)) {
		if around.fields[name].kind != isNothing {
			m.Known = append(m.Known, name)
		}
	}
	if f.unplaced++; f.unplaced <= maxPlaced {
		name := field.Path.Name()
		m.Elsewhere = around.places(name, field.Path.Parent().String())
		if _, expected := around.fields[name]; expected && len(m.Elsewhere) == 0 {
			m.Elsewhere = f.spec.places(name, "spec")
		}
	}
	f.found(m)
}

// places are the nearest ones below a shape that have a field of this name, written with what leads to the shape.
func (s shape) places(name, above string) (found []string) {
	type place struct {
		shape
		path string
	}
	for level := []place{{s, above}}; len(level) > 0 && len(found) == 0; {
		var below []place
		for _, at := range level {
			for _, n := range slices.Sorted(maps.Keys(at.fields)) {
				next := place{at.fields[n], at.path + "." + n}
				if at.path == "" {
					next.path = n
				}
				if n == name && next.kind != isNothing {
					found = append(found, next.path)
				}
				for next.kind == isList {
					next = place{*next.item, next.path + "[]"}
				}
				below = append(below, next)
			}
		}
		level = below
	}
	return found
}

// misspelt tells whether an unknown field of a map that has more fields than
// the shape knows is surely meant for one of those: all but a letter or two.
func (s shape) misspelt(name string) bool {
	for known := range s.fields {
		if len(known) > 5 && within(2, known, name) {
			return true
		}
	}
	return false
}

// Is says of what type the misfit is.
func (m Misfit) Is() string { return m.typeName() }

// Unquoted tells whether quotes would make the misfit what belongs here.
func (m Misfit) Unquoted() bool {
	switch m.kind() {
	case jsonNumber, jsonTrue, jsonFalse:
		return m.Want == isText.String()
	default:
		return false
	}
}
