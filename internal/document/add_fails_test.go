package document

import (
	"errors"
	"strings"
	"testing"

	"gomodules.xyz/jsonpatch/v2"
)

func TestAddFails(t *testing.T) {
	for name, c := range map[string]struct {
		before, path string
		line         int
		err          string
	}{
		"through an alias":      {head + "a: &a\n  x: {}\nb: *a\n", "/b/y", 3, "anchor"},
		"below an alias":        {head + "a: &a\n  x: {}\nb: *a\n", "/b/x/y", 3, "anchor"},
		"in a used anchor":      {head + "a: &a\n  x: {}\nb: *a\n", "/a/y", 3, "anchor"},
		"in an aliased null":    {head + "a: &a ~\nb: *a\n", "/a", 3, "anchor"},
		"in a merged source":    {head + "a: &a\n  x: {}\nb:\n  <<: *a\n", "/a/y", 3, "anchor"},
		"below a merge key":     {head + "a: &a\n  x: {}\nb:\n  <<: *a\n", "/b/x/y", 4, "merge key"},
		"a list of merge keys":  {head + "a: &a\n  x: {}\nb:\n  <<: [*a, {z: {}}]\n", "/b/z/z", 6, "merge key"},
		"there already":         {head + "a: 1\n", "/a", 3, "has a value"},
		"empty string":          {head + "a: ''\n", "/a", 3, "has a value"},
		"no parent":             {head + "a: {}\n", "/b/c", 1, "no \"b\""},
		"no parent below":       {head + "a:\n  b: 1\n", "/a/c/d", 3, "no \"c\""},
		"null grandparent":      {head + "a:\n", "/a/b/c", 3, "can only be added"},
		"in a scalar":           {head + "a: 1\n", "/a/b", 3, "can only be added"},
		"beyond a list":         {head + "a: [1]\n", "/a/2", 3, "not in the list"},
		"through no index":      {head + "a: [{}]\n", "/a/-/b", 3, "not in the list"},
		"zero padded index":     {head + "a: [{}]\n", "/a/00/b", 3, "not in the list"},
		"whole object":          {head, "", 1, "below the object"},
		"no pointer":            {head, "a", 1, "slash"},
		"comment in empty flow": {head + "a: { # c\n }\n", "/a/b", 3, "comment"},
		"an anchor of an item":  {head + "a:\n- &x {}\n", "/a/0/b", 4, "an anchor or a tag"},
		"a tag of an item":      {head + "a:\n- !!map {}\n", "/a/0/b", 4, "an anchor or a tag"},
		"pair without braces":   {head + "a: [b: c]\n", "/a/0/d", 3, "no braces"},
		"key without a value":   {head + "? a\n\n---\n", "/b", 1, "can not tell"},
		"the line would change": {head + "a: |\n  text", "/b", 1, "differ"},
	} {
		t.Run(name, func(t *testing.T) {
			f := mustParse(t, c.before)
			o := f.Objects()[0]
			before := string(o.JSON())
			ops := []jsonpatch.Operation{add(t, c.path, `1`)}
			if c.path != "/b" {
				// An operation that is fine is not to stay either.
				ops = append([]jsonpatch.Operation{add(t, "/metadata", `{}`)}, ops...)
			}
			err := addTo(f, o, ops...)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, bytes %q", err, f.Bytes())
			}
			if e.Line != c.line || e.File != "a.yaml" || !strings.Contains(e.Error(), c.err) {
				t.Errorf("got %v, want line %d and %q", e, c.line, c.err)
			}
			if string(f.Bytes()) != c.before || string(o.JSON()) != before {
				t.Errorf("the file changed to %q", f.Bytes())
			}
		})
	}
	t.Run("move", func(t *testing.T) {
		f := mustParse(t, head+"a: 1\n")
		if addTo(f, f.Objects()[0], jsonpatch.NewOperation("move", "/a", nil)) == nil {
			t.Error("moved something")
		}
	})
	t.Run("object of another file", func(t *testing.T) {
		if addTo(mustParse(t, head), mustParse(t, head).Objects()[0]) == nil {
			t.Error("no error")
		}
	})
}
