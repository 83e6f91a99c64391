package chart

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
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

// helm runs helm on the shared control plane, which must succeed.
func helm(t testing.TB, h *env.Helm, e *env.Env, args ...string) string {
	t.Helper()
	out, err := h.Run(t.Context(), "", e.Kubeconfig, append(args, "--namespace", namespace)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// uninstallAtTheEnd takes a release away that a failed test has left.
func uninstallAtTheEnd(t testing.TB, h *env.Helm, e *env.Env) {
	t.Cleanup(func() {
		h.Run(context.WithoutCancel(t.Context()), "", e.Kubeconfig, "uninstall", release, "--namespace", namespace, "--ignore-not-found")
		e.Kubectl(context.WithoutCancel(t.Context()), "", "delete", "upstreams.gloo.solo.io", "--all", "--namespace", namespace)
	})
}

func get(t testing.TB, c client.Client, api, kind, name string) *unstructured.Unstructured {
	t.Helper()
	o := new(unstructured.Unstructured)
	o.SetAPIVersion(api)
	o.SetKind(kind)
	key := client.ObjectKey{Name: name}
	if !strings.HasSuffix(kind, "Configuration") {
		key.Namespace = namespace
	}
	if err := c.Get(t.Context(), key, o); err != nil {
		t.Fatal(err)
	}
	return o
}

func kubectl(t testing.TB, e *env.Env, stdin string, args ...string) {
	t.Helper()
	if _, _, err := e.Kubectl(t.Context(), stdin, args...); err != nil {
		t.Fatal(err)
	}
}

// installed is what the release's Deployment runs, and its Policy.
func installed(t testing.TB, c client.Client) (pod corev1.PodSpec, policy string) {
	t.Helper()
	var deployment appsv1.Deployment
	var file corev1.ConfigMap
	err := errors.Join(
		c.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: release}, &deployment),
		c.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: release + "-policy"}, &file))
	if err != nil {
		t.Fatal(err)
	}
	return deployment.Spec.Template.Spec, file.Data["policy.yaml"]
}

// kubeconfigOf is a kubeconfig file of a service account.
func kubeconfigOf(t *testing.T, e *env.Env, c client.Client, namespace, account string) string {
	token := &authenticationv1.TokenRequest{}
	as := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: account}}
	if err := c.SubResource("token").Create(t.Context(), as, token); err != nil {
		t.Fatal(err)
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["it"] = &clientcmdapi.Cluster{Server: e.Config.Host, CertificateAuthorityData: e.Config.CAData}
	config.AuthInfos["it"] = &clientcmdapi.AuthInfo{Token: token.Status.Token}
	config.Contexts["it"] = &clientcmdapi.Context{Cluster: "it", AuthInfo: "it"}
	config.CurrentContext = "it"
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		t.Fatal(err)
	}
	return file
}
