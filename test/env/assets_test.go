package env

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAssetsAreBuiltOnce(t *testing.T) {
	first, err := Assets(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kube-apiserver", "etcd", "kubectl"} {
		if _, err := os.Stat(filepath.Join(first, name)); err != nil {
			t.Error(err)
		}
	}
	var progress bytes.Buffer
	second, err := Assets(t.Context(), &progress)
	if err != nil {
		t.Fatal(err)
	}
	if first != second || progress.Len() > 0 {
		t.Errorf("the second time it is %s, not %s, and it said:\n%s", second, first, progress.String())
	}
}

func TestAssetsOfTheUserComeFirst(t *testing.T) {
	t.Setenv("KUBEBUILDER_ASSETS", "/some/where")
	if dir, err := Assets(t.Context(), t.Output()); err != nil || dir != "/some/where" {
		t.Errorf("got %s, %v", dir, err)
	}
}

func TestVersionThatIsNoneIsRefused(t *testing.T) {
	t.Setenv("KUBEBUILDER_ASSETS", "")
	t.Setenv("K8S_VERSION", "1.36")
	if _, err := Assets(t.Context(), t.Output()); err == nil || !strings.Contains(err.Error(), "K8S_VERSION") {
		t.Errorf("got %v", err)
	}
}

func TestGoModOfAnotherVersionTakesStagingModulesAsPublished(t *testing.T) {
	got, err := generateGoMod([]byte(`module k8s.io/kubernetes

go 1.24.0

godebug default=go1.24

require (
	github.com/spf13/cobra v1.8.1
	github.com/spf13/pflag v1.0.5
	go.etcd.io/etcd/server/v3 v3.5.21 // indirect
	k8s.io/api v0.0.0
)

replace k8s.io/api => ./staging/src/k8s.io/api
`), "v1.33.13")
	if err != nil {
		t.Fatal(err)
	}
	want := `module github.com/glootrace/glootrace/test/controlplane

go 1.24.0

require (
	k8s.io/kubernetes v1.33.13
	go.etcd.io/etcd/server/v3 v3.5.21
)

godebug default=go1.24

replace k8s.io/api => k8s.io/api v0.33.13
`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTheLastVersionBeforeIsOfTheSameBranch(t *testing.T) {
	versions := []string{"v0.31.13", "v0.32.0-rc.1", "v0.32.3", "v0.32.12", "v0.32.13", "v0.33.0"}
	for version, want := range map[string]string{"v0.32.13": "v0.32.12", "v0.32.7": "v0.32.3", "v0.32.3": "", "v0.34.2": ""} {
		if got := lastBefore(versions, version); got != want {
			t.Errorf("before %s: got %q, want %q", version, got, want)
		}
	}
}

func TestTheKubeletTakesAContextSince134(t *testing.T) {
	c, err := pinnedControlPlane()
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]string{"v1.32.13": "NewKubeletCommand()", "v1.33.13": "NewKubeletCommand()", "v1.34.4": "NewKubeletCommand(context.Background())"} {
		if main := string(forVersion(c.files["main.go"], version)); !strings.Contains(main, want) || strings.Contains(main, `"context"`) != strings.Contains(want, "context") {
			t.Errorf("of %s:\n%s", version, main)
		}
	}
}
