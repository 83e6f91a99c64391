package policy_test

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/policy"
)

// property is as much of a JSON schema as tells what fields there are.
type property struct {
	Properties map[string]property
	Names      struct{ Enum []string } `json:"propertyNames"`
	Additional any                     `json:"additionalProperties"` // false, or what others are
}

// The chart takes a Policy among its values, and has to refuse what glootrace would refuse.
func TestSchemaOfTheChartHasTheFieldsOfAPolicy(t *testing.T) {
	raw, err := os.ReadFile("../../charts/glootrace/values.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var values struct {
		Properties map[string]json.RawMessage
	}
	var schema property
	if err := json.Unmarshal(raw, &values); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(values.Properties["policy"], &schema); err != nil {
		t.Fatal(err)
	}
	sameFields(t, "policy", schema, reflect.TypeFor[policy.Policy]())

	rules := schema.Properties["validation"].Properties["rules"].Names.Enum
	for _, r := range finding.Catalogue {
		if !slices.Contains(rules, r.Code) {
			t.Errorf("the schema does not know the rule %s", r.Code)
		}
	}
	for _, code := range rules {
		if len(finding.Cases(code)) == 0 {
			t.Errorf("the schema knows a rule %s, which there is not", code)
		}
	}
}

func sameFields(t *testing.T, path string, schema property, policy reflect.Type) {
	if schema.Additional != false {
		t.Errorf("%s: the schema takes any field", path)
	}
	fields := map[string]reflect.Type{}
	for f := range policy.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			fields[name] = f.Type
		}
	}
	want, got := slices.Sorted(maps.Keys(fields)), slices.Sorted(maps.Keys(schema.Properties))
	if !slices.Equal(want, got) {
		t.Errorf("%s: the schema has %v, a Policy %v", path, got, want)
	}
	for name, of := range fields {
		if of.Kind() == reflect.Struct && strings.HasPrefix(of.PkgPath(), "github.com/glootrace/") {
			sameFields(t, path+"."+name, schema.Properties[name], of)
		}
	}
}
