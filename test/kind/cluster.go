// Package kind makes Kubernetes clusters in Docker with kind, on a machine that need not be able to pull any image.
package kind

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	"sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/cluster/nodeutils"

	"github.com/glootrace/glootrace/test/cache"
)

// Cluster is a running cluster of one node.
type Cluster struct {
	Name       string
	Kubeconfig string // the path of a file
	Node       string // the name of its node, which is that of a container in Docker too

	dir      string
	provider *cluster.Provider
}

// at is a cluster of a name, that there may be or not. Its files are in the user's cache, so that another process than the
// one that has made it finds them.
func at(name string) (*Cluster, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("where to keep a cluster's files: %w", err)
	}
	dir := filepath.Join(cache, "glootrace", "cluster-"+name)
	return &Cluster{Name: name, Kubeconfig: filepath.Join(dir, "kubeconfig"), Node: name + "-control-plane", dir: dir}, os.MkdirAll(dir, 0o755)
}

// Create makes a cluster, and before it whatever that takes: Docker, its daemon, the image of a node. A cluster of this
// name that is there is deleted. If Create fails, what there is of a cluster is returned, and has to be deleted too.
func Create(ctx context.Context, name string, progress io.Writer) (*Cluster, error) {
	c, err := at(name)
	if err != nil {
		return c, err
	}
	if err := docker(ctx, c.dir, progress); err != nil {
		return c, fmt.Errorf("start Docker: %w", err)
	}
	image, err := nodeImage(ctx, progress)
	if err != nil {
		return c, err
	}
	c.provider = cluster.NewProvider(cluster.ProviderWithDocker())
	if err := c.remove(progress); err != nil {
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

// Lock has nobody else make or delete a cluster of this name until unlock, and waits for whoever does.
func Lock(ctx context.Context, name string, progress io.Writer) (unlock func(), err error) {
	c, err := at(name)
	if err != nil {
		return nil, err
	}
	return cache.Lock(ctx, c.dir+".lock", func() {
		fmt.Fprintf(progress, "waiting for another run that has the cluster %s\n", name)
	})
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

// Delete deletes the cluster, and ends Docker's daemon if Create has started it, or one before that.
func (c *Cluster) Delete() error {
	var err error
	if c.provider != nil {
		err = c.provider.Delete(c.Name, c.Kubeconfig)
	}
	return errors.Join(err, endDaemon(c.dir), os.RemoveAll(c.dir))
}

// Delete deletes a cluster that was kept, and what else Create has left for it; it says so if there was something.
func Delete(ctx context.Context, name string, progress io.Writer) error {
	c, err := at(name)
	if err != nil {
		return err
	}
	if answers(ctx) {
		c.provider = cluster.NewProvider(cluster.ProviderWithDocker())
		err = c.remove(progress)
	}
	if daemonOf(c.dir) != nil {
		fmt.Fprintln(progress, "ending Docker's daemon")
	}
	return errors.Join(err, endDaemon(c.dir), os.RemoveAll(c.dir))
}

// remove deletes a cluster of before, if there is one, and says so.
func (c *Cluster) remove(progress io.Writer) error {
	there, err := c.provider.List()
	if err != nil || !slices.Contains(there, c.Name) {
		return err
	}
	fmt.Fprintf(progress, "deleting the cluster %s, which a run before has left\n", c.Name)
	return c.provider.Delete(c.Name, c.Kubeconfig)
}
