// Package check asks a real API server, in states of which each makes one check fail.
package check

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/test/env"
)

var (
	cluster *env.Env
	admin   client.Client
	node    *env.Node
	scheme  = runtime.NewScheme()
)

func TestMain(m *testing.M) { os.Exit(env.Main(setUp, m.Run)) }

func setUp(ctx context.Context, e *env.Env) (err error) {
	cluster = e
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(cmapi.AddToScheme(scheme))
	config := rest.CopyConfig(cluster.Config)
	config.QPS = -1
	if admin, err = client.New(config, client.Options{Scheme: scheme}); err != nil {
		return err
	}
	if node, err = cluster.Node(ctx, "here", listening); err != nil {
		return err
	}
	return certManagersCRDs(ctx)
}

// certManagersCRDs are installed, without cert-manager.
func certManagersCRDs(ctx context.Context) error {
	module, err := env.ModuleDir(ctx, "github.com/cert-manager/cert-manager")
	if err != nil {
		return err
	}
	args := []string{"apply", "--server-side"}
	for _, kind := range []string{"certificates", "certificaterequests", "issuers", "clusterissuers"} {
		args = append(args, "-f", filepath.Join(module, "deploy", "crds", "cert-manager.io_"+kind+".yaml"))
	}
	if _, _, err = cluster.Kubectl(ctx, "", args...); err != nil {
		return err
	}
	_, _, err = cluster.Kubectl(ctx, "", "wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
	return err
}

// listening says where the world of a pod's namespace has its ports.
func listening(pod types.NamespacedName, port int) (string, error) {
	if w, ok := worlds.Load(pod.Namespace); ok {
		return w.(*world).address(pod.Name, port)
	}
	return "", fmt.Errorf("no container of pod %s listens", pod)
}

// eventually waits for what the API server brings about.
func eventually(t testing.TB, holds func() bool, got func() string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 10 s; it is\n%s", got())
		}
	}
}
