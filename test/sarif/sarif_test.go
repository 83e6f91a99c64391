// Package sarif_test holds lint's SARIF to what its readers expect.
package sarif_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// golden is what lint prints, as the command line's own tests hold it to.
const golden = "../../cmd/glootrace/testdata/lint.sarif"

func TestSARIFIsValidByItsSchema(t *testing.T) {
	const address = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	schema := officialSchema(t)
	if !strings.Contains(schema, address) {
		t.Fatalf("the schema is not %s", address)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(address, document); err != nil {
		t.Fatal(err)
	}
	valid, err := c.Compile(address)
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []struct {
		what, old, new string
		ok             bool
	}{
		{"as it is", "", "", true},
		{"a level that is none", `"level": "note"`, `"level": "info"`, false},
		{"a line that is none", `"startLine": 9`, `"startLine": 0`, false},
		{"an address that is none", `"uri": "testdata/manifests/half,%20broken.yaml"`, `"uri": "half%, broken.yaml"`, false},
		{"a field that is none", `"ruleId"`, `"rule"`, false},
	} {
		changed := bytes.Replace(src, []byte(change.old), []byte(change.new), 1)
		if change.old != "" && bytes.Equal(changed, src) {
			t.Fatalf("%s: %s is not in %s", change.what, change.old, golden)
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(changed))
		if err != nil {
			t.Fatal(err)
		}
		if err := valid.Validate(instance); (err == nil) != change.ok {
			t.Errorf("%s: %v", change.what, err)
		}
	}
}

// officialSchema is the schema of OASIS. The module go-sarif carries it, as a constant.
func officialSchema(t *testing.T) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(strings.TrimSpace(string(dir)), "pkg", "report", "v210", "sarif", "schema.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var schema string
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Names[0].Name == "schema" {
			schema, err = strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		}
		return true
	})
	if err != nil || schema == "" {
		t.Fatalf("no schema in %s: %v", path, err)
	}
	return schema
}

// TestSARIFIsReadAsMeant reads it as programs do, with a library.
func TestSARIFIsReadAsMeant(t *testing.T) {
	log, err := sarif.Open(golden)
	if err != nil {
		t.Fatal(err)
	}
	if len(log.Runs) != 1 || len(log.Runs[0].Results) == 0 {
		t.Fatalf("%d runs", len(log.Runs))
	}
	run := log.Runs[0]
	for _, r := range run.Results {
		rule := run.Tool.Driver.Rules[r.RuleIndex]
		if rule.ID == nil || r.RuleID == nil || *rule.ID != *r.RuleID {
			t.Errorf("rule %d is not the one of its result", r.RuleIndex)
		}
		if rule.HelpURI == nil || !strings.HasSuffix(*rule.HelpURI, "docs/rules.md#"+strings.ToLower(*rule.ID)) {
			t.Errorf("the help of %s is not its section of docs/rules.md", *rule.ID)
		}
	}
}
