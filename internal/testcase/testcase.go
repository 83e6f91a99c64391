// Package testcase reads the cases under testdata: files that say in their
// first lines what is expected of them. The engine, the webhook and the command
// line are all held to the same files.
//
// NAME.in.yaml holds the documents. NAME.golden.yaml holds them as mutation
// leaves them; without it mutation must leave them as they are. Comments before
// a document say what is found in it and noted about it:
//
//	# want: error GT103 spec.httpGateway.options.…
//	# note: GT115 spec.httpGateway.options.…
//	# deleted: error GT401
//	# was: {spec: {useHttp2: true}}
//	# updated: error GT402 spec.useHttp2
//
// Deleted says what is found in its deletion, updated what is found in its
// update from what it was, which is given as a JSON merge patch.
//
// and comments anywhere say under which conditions:
//
//	# policy: {gloo: {version: 1.18.3}}
//	# complete
package testcase

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	jsonpatchapply "github.com/evanphx/json-patch/v5"
	"gomodules.xyz/jsonpatch/v2"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

// Case is one file of testdata.
type Case struct {
	Name string
	// Path is the input's path, Golden what mutation makes of it.
	Path         string
	Golden       []byte
	Policy       policy.Policy
	PolicySource string // empty for the default Policy
	Complete     bool
	Objects      []Object
}

// Object is one document of a case.
type Object struct {
	gloo.Object
	// Want are the expected findings, "error GT103 path", in the order of validation.
	Want []string
	// Notes are the expected notes of mutation, "GT115 path".
	Notes []string
	// Deleted are the expected findings of its deletion.
	Deleted []string
	// Was is the object before an update, if the case has one, and Updated are
	// the expected findings of that.
	Was     *gloo.Object
	Updated []string
}

// Known is a reader of the objects.
func (c Case) Known(objects []gloo.Object) refs.Reader {
	return refs.FromObjects(objects, c.Complete)
}

// Inputs are the case's objects as they were written.
func (c Case) Inputs() []gloo.Object {
	var objects []gloo.Object
	for _, o := range c.Objects {
		objects = append(objects, o.Object)
	}
	return objects
}

// Run runs test on each case below the testdata folder at root.
func Run(t *testing.T, root string, test func(t *testing.T, c Case)) {
	t.Helper()
	walk(t, root, func(name, path string) {
		t.Run(name, func(t *testing.T) { test(t, read(t, name, path)) })
	})
}

// Each has something done with each case below root.
func Each(t testing.TB, root string, do func(c Case)) {
	t.Helper()
	walk(t, root, func(name, path string) { do(read(t, name, path)) })
}

func walk(t testing.TB, root string, visit func(name, path string)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".in.yaml") {
			return err
		}
		n++
		name, _ := filepath.Rel(root, strings.TrimSuffix(path, ".in.yaml"))
		visit(name, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Fatalf("no case below %s", root)
	}
}

func read(t testing.TB, name, path string) Case {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := Case{Name: name, Path: path, Policy: policy.Default()}
	golden := strings.TrimSuffix(path, ".in.yaml") + ".golden.yaml"
	c.Golden, err = os.ReadFile(golden)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.Golden = src
	case err != nil:
		t.Fatal(err)
	case string(c.Golden) == string(src):
		t.Fatalf("%s says what the input says: remove it", golden)
	}
	for _, text := range documents(string(src)) {
		object, was := c.directives(t, text)
		file, errs := document.Parse(path, []byte(text))
		if len(errs) > 0 {
			t.Fatal(errors.Join(errs...))
		}
		if len(file.Objects()) == 0 && len(object.Want)+len(object.Notes) == 0 {
			continue
		}
		if len(file.Objects()) != 1 {
			t.Fatalf("%s: a case has one object a document", path)
		}
		object.Object = decode(t, path, file.Objects()[0].JSON())
		if was != "" {
			before := decode(t, path, merged(t, object.Raw(), was))
			object.Was = &before
		}
		c.Objects = append(c.Objects, object)
	}
	return c
}

func decode(t testing.TB, path string, raw []byte) gloo.Object {
	t.Helper()
	o, err := gloo.Decode(raw)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return o
}

// Decode reads an object from YAML, or JSON.
func Decode(t testing.TB, text string) gloo.Object {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, text, raw)
}

// merged is an object with a merge patch, in YAML, applied to it.
func merged(t testing.TB, raw []byte, patch string) []byte {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON([]byte(patch))
	if err != nil {
		t.Fatal(err)
	}
	result, err := jsonpatchapply.MergePatch(raw, asJSON)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func documents(src string) []string { return strings.Split("\n"+src, "\n---\n") }

func (c *Case) directives(t testing.TB, text string) (o Object, was string) {
	t.Helper()
	for line := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(strings.TrimSpace(line), "# ")
		if !ok {
			continue
		}
		switch word, rest, _ := strings.Cut(comment, ": "); word {
		case "want":
			o.Want = append(o.Want, rest)
		case "note":
			o.Notes = append(o.Notes, rest)
		case "deleted":
			o.Deleted = append(o.Deleted, rest)
		case "was":
			was = rest
		case "updated":
			o.Updated = append(o.Updated, rest)
		case "complete":
			c.Complete = true
		case "policy":
			c.PolicySource = fmt.Sprintf("{apiVersion: %s, kind: Policy, %s", policy.APIVersion, strings.TrimPrefix(rest, "{"))
			var err error
			if c.Policy, err = policy.Parse(c.Path, []byte(c.PolicySource)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return o, was
}

// Apply applies a patch as the API server does.
func Apply(t testing.TB, raw []byte, operations []jsonpatch.Operation) []byte {
	t.Helper()
	if len(operations) == 0 {
		return raw
	}
	ops, err := json.Marshal(operations)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := jsonpatchapply.DecodePatch(ops)
	if err != nil {
		t.Fatalf("patch %s: %v", ops, err)
	}
	patched, err := patch.Apply(raw)
	if err != nil {
		t.Fatalf("patch %s on %s: %v", ops, raw, err)
	}
	return patched
}

// Generic is what JSON says, to be compared.
func Generic(t testing.TB, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Findings renders findings as Want has them.
func Findings(found []finding.Finding) []string {
	var lines []string
	for _, f := range found {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Path)))
	}
	return lines
}

// Notes renders a mutation's notes as Notes has them.
func Notes(notes []finding.Finding) []string {
	var lines []string
	for _, f := range notes {
		lines = append(lines, fmt.Sprintf("%s %s", f.Code, f.Path))
	}
	return lines
}
