// Package e2e is tests of the chart in a real cluster, with pods that run: make e2e makes the cluster and runs them.
// Gloo's control plane does not run there. Its CRDs are installed, and where Gloo would configure a gateway-proxy, a
// stand-in turns the admitted objects into the configuration of a real Envoy.
package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/glootrace/glootrace/test/env"
)

var (
	config  *rest.Config
	objects client.Client // of any kind
	cluster *kubernetes.Clientset
	helm    *env.Helm
)

// node is the cluster's one node, and the container that it is in Docker.
var node = os.Getenv("E2E_NODE")

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.list").Value.String() != "" { // that takes no cluster
		os.Exit(m.Run())
	}
	if node == "" {
		fmt.Println("no cluster here: make e2e makes one and runs these tests")
		return
	}
	if err := setUp(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// setUp connects to the cluster and brings what Gloo would have brought.
func setUp(ctx context.Context) (err error) {
	if config, err = clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG")); err != nil {
		return err
	}
	config.QPS = -1 // load is what some of the tests are about
	if err := apiextensionsv1.AddToScheme(clientgoscheme.Scheme); err != nil {
		return err
	}
	if objects, err = client.New(config, client.Options{Scheme: clientgoscheme.Scheme}); err != nil {
		return err
	}
	if cluster, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if helm, err = env.NewHelm(ctx, "v4", os.Stderr); err != nil {
		return err
	}
	crds, err := env.CRDs(ctx)
	if err != nil {
		return err
	}
	for _, crd := range crds {
		if err := client.IgnoreAlreadyExists(objects.Create(ctx, crd)); err != nil {
			return fmt.Errorf("Gloo's CRDs: %w", err)
		}
	}
	if out, err := program(ctx, upstreamManifest, "kubectl", "apply", "-f", "-"); err != nil {
		return fmt.Errorf("the upstream service: %w\n%s", err, out)
	}
	return poll(ctx, func(ctx context.Context) error {
		for _, crd := range crds {
			if err := established(ctx, crd.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

func established(ctx context.Context, name string) error {
	var crd apiextensionsv1.CustomResourceDefinition
	if err := objects.Get(ctx, client.ObjectKey{Name: name}, &crd); err != nil {
		return err
	}
	for _, c := range crd.Status.Conditions {
		if c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue {
			return nil
		}
	}
	return fmt.Errorf("the CRD %s is not established", name)
}

// A cluster that is not whole would make all other tests fail, and say little about why.
func TestClusterIsWhole(t *testing.T) {
	await(t, "CoreDNS", func(ctx context.Context) error { return available(ctx, "kube-system", "coredns") })
	nodes, err := cluster.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes.Items {
		t.Logf("%s: Kubernetes %s, %s, %s", n.Name, n.Status.NodeInfo.KubeletVersion, n.Status.NodeInfo.ContainerRuntimeVersion, n.Status.NodeInfo.OSImage)
	}
	await(t, "the upstream service", func(ctx context.Context) error { return available(ctx, "upstream", "upstream") })
}
