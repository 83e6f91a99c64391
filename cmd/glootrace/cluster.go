package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// clusterFlags are kubectl's flags that say which cluster is meant.
type clusterFlags struct {
	kubeconfig, context string
}

// addFlags adds the flags to a command, after its --namespace if it has one: that is completed too.
func (f *clusterFlags) addFlags(c *cobra.Command) {
	c.Flags().StringVar(&f.kubeconfig, "kubeconfig", "", "kubeconfig file (default: as kubectl; in a pod, its service account)")
	c.Flags().StringVar(&f.context, "context", "", "context of the kubeconfig")
	f.complete(c)
}

func (f *clusterFlags) config() (*rest.Config, error) {
	config, err := f.loader().ClientConfig()
	return config, explained(err)
}

// explained is an error of the kubeconfig's that says what to do.
func explained(err error) error {
	if clientcmd.IsEmptyConfig(err) { // it recommends a variable that is not looked at
		return errors.New("no cluster: there is no kubeconfig with a current context; name one with --kubeconfig or KUBECONFIG, or a context with --context")
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--kubeconfig: %w", err)
	}
	return err
}

// namespace is the context's namespace.
func (f *clusterFlags) namespace() (string, error) {
	namespace, _, err := f.loader().Namespace()
	return namespace, explained(err)
}

func (f *clusterFlags) loader() clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = f.kubeconfig
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: f.context})
}
