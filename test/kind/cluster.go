// Package kind makes Kubernetes clusters in Docker with kind, on a machine that need not be able to pull any image.
package kind

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	"sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/cluster/nodeutils"
)

// Cluster is a running cluster of one node.
type Cluster struct {
	Name       string
	Kubeconfig string // the path of a file
	Node       string // the name of its node, which is that of a container in Docker too

	dir        string
	provider   *cluster.Provider
	stopDocker func() error
}

// Create makes a cluster, and before it whatever that takes: Docker, its daemon, the image of a node. A cluster of this
// name that is there is deleted. Delete has to be called also if Create fails.
func Create(ctx context.Context, name string, progress io.Writer) (c *Cluster, err error) {
	c = &Cluster{Name: name, Node: name + "-control-plane", stopDocker: func() error { return nil }}
	if c.dir, err = os.MkdirTemp("", "glootrace-kind-"); err != nil {
		return c, err
	}
	c.Kubeconfig = filepath.Join(c.dir, "kubeconfig")
	if c.stopDocker, err = docker(ctx, progress); err != nil {
		return c, fmt.Errorf("start Docker: %w", err)
	}
	image, err := nodeImage(ctx, progress)
	if err != nil {
		return c, err
	}
	c.provider = cluster.NewProvider(cluster.ProviderWithDocker())
	if err := c.provider.Delete(name, c.Kubeconfig); err != nil {
		return c, err
	}
	fmt.Fprintf(progress, "creating the cluster %s\n", name)
	err = c.provider.Create(name,
		cluster.CreateWithNodeImage(image),
		cluster.CreateWithKubeconfigPath(c.Kubeconfig),
		cluster.CreateWithRetain(true), // for its logs
		cluster.CreateWithWaitForReady(3*time.Minute),
		cluster.CreateWithV1Alpha4Config(&v1alpha4.Cluster{
			Nodes: []v1alpha4.Node{{Role: v1alpha4.ControlPlaneRole}},
			// The node that is built here brings a network of its own.
			Networking: v1alpha4.Networking{DisableDefaultCNI: os.Getenv("E2E_NODE_IMAGE") == ""},
			// The kubelet brings a changed ConfigMap to its pods in seconds, not in a minute, and runs where cgroups are v1.
			KubeadmConfigPatches: []string{"kind: KubeletConfiguration\nsyncFrequency: 3s\nfailCgroupV1: false\n"},
		}))
	if err != nil {
		return c, fmt.Errorf("create the cluster: %w", err)
	}
	return c, ctx.Err()
}

// Load puts the images of an archive of Docker's into the cluster's node.
func (c *Cluster) Load(archive io.Reader) error {
	nodes, err := c.provider.ListInternalNodes(c.Name)
	if err != nil {
		return err
	}
	for _, node := range nodes { // there is one
		if err := nodeutils.LoadImageArchive(node, archive); err != nil {
			return err
		}
	}
	return nil
}

// Logs puts the logs of all containers and of the node's own programs into a folder.
func (c *Cluster) Logs(dir string) error {
	if c.provider == nil {
		return nil
	}
	return c.provider.CollectLogs(c.Name, dir)
}

// Delete deletes the cluster, and ends Docker's daemon if Create started it.
func (c *Cluster) Delete() error {
	var err error
	if c.provider != nil {
		err = c.provider.Delete(c.Name, c.Kubeconfig)
	}
	return errors.Join(err, c.stopDocker(), os.RemoveAll(c.dir))
}
