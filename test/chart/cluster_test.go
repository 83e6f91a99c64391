package chart

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/glootrace/glootrace/test/env"
)

// prometheusOperator is where its CRDs are taken from.
const prometheusOperator = "github.com/prometheus-operator/prometheus-operator@v0.85.0"

var (
	// startCluster starts the control plane that all tests share, when the first one needs it.
	startCluster func() (*env.Env, error)
	running      *env.Env
)

// newCluster is a control plane that knows cert-manager and the Prometheus operator beside Gloo.
func newCluster(ctx context.Context) (e *env.Env, err error) {
	if running, err = env.Start(ctx, env.Options{Progress: os.Stderr}); err != nil {
		return nil, err
	}
	running.Config.QPS = -1
	certManager, err := env.ModuleDir(ctx, "github.com/cert-manager/cert-manager")
	if err != nil {
		return nil, err
	}
	prometheus, err := env.ModuleDir(ctx, prometheusOperator)
	if err != nil {
		return nil, err
	}
	_, err = envtest.InstallCRDs(running.Config, envtest.CRDInstallOptions{ErrorIfPathMissing: true, Paths: []string{
		filepath.Join(certManager, "deploy", "crds"),
		filepath.Join(prometheus, "example", "prometheus-operator-crd", "monitoring.coreos.com_podmonitors.yaml"),
		filepath.Join(prometheus, "example", "prometheus-operator-crd", "monitoring.coreos.com_prometheusrules.yaml"),
		filepath.Join(prometheus, "example", "prometheus-operator-crd", "monitoring.coreos.com_servicemonitors.yaml"),
	}})
	for _, name := range []string{namespace, "tracing"} {
		if err == nil {
			_, _, err = running.Kubectl(ctx, "", "create", "namespace", name)
		}
	}
	return running, err
}

func stopCluster() error {
	if running == nil {
		return nil
	}
	return running.Stop()
}

// cluster is the shared control plane with a client that may do anything.
func cluster(t testing.TB) (*env.Env, client.Client) {
	t.Helper()
	e, err := startCluster()
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(e.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e, c
}
