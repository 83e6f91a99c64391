package chart

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/test/env"
)

// Server-side apply with strict fields: a field that no API has, or a value that it refuses, is an error.
func TestAPIServerTakesWhatIsRendered(t *testing.T) {
	_, c := cluster(t)
	c = client.WithFieldValidation(c, "Strict")
	withEachHelm(t, func(t *testing.T, h *env.Helm) {
		seen := map[string]bool{}
		for _, kase := range cases(t) {
			t.Run(kase.name, func(t *testing.T) {
				for _, d := range render(t, h, kase) {
					if seen[d] {
						continue
					}
					seen[d] = true
					o := object(t, d)
					err := c.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(o), client.FieldOwner("test"), client.DryRunAll, client.ForceOwnership)
					if err != nil {
						t.Errorf("%s %s: %v\n%s", o.GetKind(), o.GetName(), err, strings.SplitN(d, "\n", 2)[0])
					}
				}
			})
		}
	})
}

// object reads a document; one that names something twice is an error.
func object(t testing.TB, document string) *unstructured.Unstructured {
	t.Helper()
	o := new(unstructured.Unstructured)
	if err := yaml.UnmarshalStrict([]byte(document), &o.Object); err != nil {
		t.Fatalf("%v in\n%s", err, document)
	}
	return o
}
