package policy_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/internal/policy"
)

// docs/policy.md shows each field, and the value that it has by default.
func TestThePageShowsEachFieldAtItsDefault(t *testing.T) {
	page, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal("the page has no YAML")
	}
	if _, err := policy.Parse("docs/policy.md", block[1]); err != nil {
		t.Error(err)
	}
	var shown map[string]any
	if err := yaml.Unmarshal(block[1], &shown); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(policy.Default())
	if err != nil {
		t.Fatal(err)
	}
	var is map[string]any
	if err := json.Unmarshal(raw, &is); err != nil {
		t.Fatal(err)
	}
	sameValues(t, "", shown, is)
}

func sameValues(t *testing.T, path string, shown, is map[string]any) {
	for name, want := range is {
		got, ok := shown[name]
		if !ok {
			t.Errorf("%s%s is not on the page", path, name)
			continue
		}
		if below, ok := want.(map[string]any); ok {
			if above, ok := got.(map[string]any); ok {
				sameValues(t, path+name+".", above, below)
				continue
			}
		}
		if !reflect.DeepEqual(got, want) && !(empty(got) && empty(want)) {
			t.Errorf("the page shows %s%s as %v, its default is %v", path, name, got, want)
		}
	}
}

// empty: null, {} and [] are the same in a Policy.
func empty(value any) bool {
	v := reflect.ValueOf(value)
	return !v.IsValid() || (v.Kind() == reflect.Map || v.Kind() == reflect.Slice) && v.Len() == 0
}
