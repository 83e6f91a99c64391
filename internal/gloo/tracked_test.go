package gloo_test

import (
	"testing"
)

func TestArgoCDIsToldByItsMarks(t *testing.T) {
	for _, c := range []struct {
		metadata string
		mark     string
		ok       bool
	}{
		{`{}`, "", false},
		{`{"annotations":{"argocd.argoproj.io/tracking-id":"shop:gateway.solo.io/VirtualService:shop/pets"}}`, "annotation argocd.argoproj.io/tracking-id", true},
		{`{"labels":{"app.kubernetes.io/instance":"shop"}}`, "label app.kubernetes.io/instance", true},
		{`{"labels":{"app.kubernetes.io/instance":"shop","app.kubernetes.io/managed-by":"Helm"}}`, "label app.kubernetes.io/instance", true},
		{`{"labels":{"app.kubernetes.io/instance":"shop"},"annotations":{"meta.helm.sh/release-name":"shop"}}`, "", false},
		{`{"labels":{"argocd.argoproj.io/instance":"shop"},"annotations":{"meta.helm.sh/release-name":"shop"}}`, "label argocd.argoproj.io/instance", true},
		{`{"labels":{"app.kubernetes.io/instance":"shop","kustomize.toolkit.fluxcd.io/name":"shop"}}`, "", false},
		{`{"labels":{"app.kubernetes.io/instance":"shop","helm.toolkit.fluxcd.io/name":"shop"}}`, "", false},
		{`{"annotations":{"argocd.argoproj.io/tracking-id":"x","meta.helm.sh/release-name":"shop"}}`, "annotation argocd.argoproj.io/tracking-id", true},
		{`{"managedFields":[{"manager":"kubectl"},{"manager":"argocd-controller"}]}`, "field manager argocd-controller", true},
		{`{"managedFields":[{"manager":"kubectl"}],"annotations":7,"labels":[]}`, "", false},
	} {
		mark, ok := decode(t, `{"apiVersion":"gateway.solo.io/v1","kind":"VirtualService","metadata":`+c.metadata+`}`).ArgoTracks()
		if ok != c.ok || ok && mark != c.mark {
			t.Errorf("%s: %q %v, want %q %v", c.metadata, mark, ok, c.mark, c.ok)
		}
	}
}
