package main

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

func TestWorkloadNames(t *testing.T) {
	got, err := workloadNames([]string{"gloo-system/gateway-proxy", "team-a/edge"})
	if want := []types.NamespacedName{{Namespace: "gloo-system", Name: "gateway-proxy"}, {Namespace: "team-a", Name: "edge"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, arg := range []string{"edge", "/edge", "team-a/", "team-a/deployment/edge", ""} {
		if got, err := workloadNames([]string{arg}); err == nil {
			t.Errorf("%q: %v", arg, got)
		}
	}
}
