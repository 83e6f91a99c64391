// Package document reads files that hold Kubernetes objects and adds to them
// without changing another byte.
//
// A file is cut into its documents first, and each is read on its own: a
// mistake in one does not hide the others, and an edit costs no more than the
// document it is in.
package document

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"

	"k8s.io/client-go/util/workqueue"
)

// File is one parsed source: YAML with any number of documents, or JSON. It
// must not be used from several goroutines.
type File struct {
	Name    string
	docs    []*doc
	objects []*Object
	strays  []*doc // that hold something, but no object
	kept    *doc   // the one that has a tree; see keep
}

// doc is one document of a file with everything around it that belongs to no
// other: its directives, its "---" line, comments, blank lines.
type doc struct {
	file *File // nil for one that is made up for an edit
	text []byte
	root *node // see tree
	// holds: something is in it, and it can be read.
	holds bool
	json  bool // the document is JSON and has to stay so
	line  int  // lines of the file before text

	manner *manner // of what is added; nil for that of the document itself
}

// Object is one Kubernetes object of a file.
type Object struct {
	doc  *doc
	path []string // where it is in the document: nothing, or "items", "3"
	json []byte
}

// Error says what is wrong with a file, and where. Line is 1 or more.
type Error struct {
	File string
	Line int
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap gives the error without its place.
func (e *Error) Unwrap() error { return e.Err }

// at makes an error for the line with the given number, counted from 0 within
// a document. Its file and the lines before the document are filled in by
// doc.place.
func at(line int, format string, args ...any) *Error {
	return &Error{Line: line, Err: fmt.Errorf(format, args...)}
}

// place completes an error made by at.
func (d *doc) place(file string, e *Error) *Error {
	return &Error{File: file, Line: d.line + e.Line + 1, Err: e.Err}
}

// Parse reads a file. It gives the objects it could read; each document that
// can not be read is an *Error in errs, and its bytes are kept as they are.
func Parse(name string, src []byte) (f *File, errs []error) {
	f = &File{Name: name}
	line := 0
	for _, text := range split(src) {
		f.docs = append(f.docs, &doc{file: f, text: text, line: line})
		line += countLines(text)
	}
	type result struct {
		objects []*Object
		err     *Error
	}
	results := make([]result, len(f.docs))
	workqueue.ParallelizeUntil(context.Background(), runtime.GOMAXPROCS(0), len(f.docs), func(i int) {
		results[i].objects, results[i].err = f.docs[i].read()
		f.docs[i].root = nil // see keep
	})
	for i, r := range results {
		switch {
		case r.err != nil:
			errs = append(errs, f.docs[i].place(name, r.err))
		case len(r.objects) == 0 && f.docs[i].holds:
			f.strays = append(f.strays, f.docs[i])
		}
		f.objects = append(f.objects, r.objects...)
	}
	return f, errs
}

// read parses the text and finds the objects in it. The document has a root
// only if all went well.
func (d *doc) read() ([]*Object, *Error) {
	r := newReader(d.text)
	root, isJSON, err := r.read()
	if err != nil || root == nil {
		return nil, err
	}
	objects, err := d.find(root, nil, r)
	if err != nil {
		return nil, err
	}
	d.root, d.holds, d.json = root, true, isJSON
	return objects, nil
}

// tree is the value of the document, nil if nothing is in it or it can not be
// read. It is read again if it is not kept.
func (d *doc) tree() *node {
	if d.root == nil && d.holds {
		d.root, _, _ = newReader(d.text).read()
		if d.file != nil {
			d.file.keep(d)
		}
	}
	return d.root
}

// keep keeps the tree of d, and of no other document: a tree takes twenty times
// the text, and documents are asked about one after the other.
func (f *File) keep(d *doc) {
	if f.kept != nil && f.kept != d {
		f.kept.root = nil
	}
	f.kept = d
}

// find lists the objects at and below n. A document that is a bare list of
// objects, as jq makes one, is taken for the List that it could have been. What
// has metadata is meant as an object, and an error if it does not say which.
func (d *doc) find(n *node, path []string, r *reader) (objects []*Object, err *Error) {
	if n.kind == list && len(path) == 0 {
		return d.findAll(n, path, r)
	}
	kind, version, metadata := n.get("kind"), n.get("apiVersion"), n.get("metadata")
	switch named := metadata != nil && metadata.kind == mapping; {
	case kind.isText() && version.isText():
	case named && kind.isText():
		return nil, at(n.line, "kind %s without apiVersion: the API server knows no such object", kind.json)
	case named && version.isText():
		return nil, at(n.line, "apiVersion %s without kind: the API server knows no such object", version.json)
	default:
		return nil, nil
	}
	items := n.get("items")
	if isList := items != nil && (items.kind == list || items.isNull()) && bytes.HasSuffix(kind.json, []byte(`List"`)); isList {
		return d.findAll(items, append(path[:len(path):len(path)], "items"), r)
	}
	o := &Object{doc: d, path: path}
	if o.json, err = r.json(n); err != nil {
		return nil, err
	}
	return []*Object{o}, nil
}

// findAll lists the objects at and below the items of a list.
func (d *doc) findAll(items *node, path []string, r *reader) (objects []*Object, err *Error) {
	for i, item := range items.children {
		below := append(path[:len(path):len(path)], strconv.Itoa(i))
		more, err := d.find(item.value, below, r)
		if err != nil {
			return nil, err
		}
		objects = append(objects, more...)
	}
	return objects, nil
}

// Documents is the number of documents that are not empty. One that holds only
// comments counts, unless it stands before the first "---".
func (f *File) Documents() int {
	n := 0
	for _, d := range f.docs {
		if !isEmpty(d.text) {
			n++
		}
	}
	return n
}

// Objects are the Kubernetes objects of the file in the order they stand in
// it. The items of a list are objects, the list is not.
func (f *File) Objects() []*Object { return f.objects }

// Strays are the lines of the documents that hold something, but no object.
func (f *File) Strays() []int {
	var lines []int
	for _, d := range f.strays {
		lines = append(lines, d.line+d.tree().line+1)
	}
	return lines
}

// Bytes is the source with all additions.
func (f *File) Bytes() []byte {
	var b []byte
	for _, d := range f.docs {
		b = append(b, d.text...)
	}
	return b
}

// JSON is the object as JSON: aliases and merge keys are resolved, and a number
// keeps its text where that is a JSON number. It must not be changed.
func (o *Object) JSON() []byte { return o.json }

// Line is the line, from 1, at which the field stands in the file as it is
// now. The pointer is a JSON pointer (RFC 6901) relative to the object. For a
// field that does not exist it is the line of the nearest thing around it.
func (o *Object) Line(pointer string) int {
	tokens, _ := splitPointer(pointer)
	return o.doc.line + o.doc.tree().lineAt(slices.Concat(o.path, tokens)) + 1
}
