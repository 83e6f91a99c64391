package main

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
)

// completeTimeout is how long a shell waits for names of a cluster.
const completeTimeout = 2 * time.Second

// complete completes the names of contexts and, for a flag that is there, of namespaces.
func (f *clusterFlags) complete(c *cobra.Command) {
	_ = c.MarkFlagFilename("kubeconfig") // these fail only for a flag that does not exist
	_ = c.RegisterFlagCompletionFunc("context", f.completeContexts)
	if c.Flags().Lookup("namespace") != nil {
		_ = c.RegisterFlagCompletionFunc("namespace", f.completeNamespaces)
	}
}

func (f *clusterFlags) completeContexts(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	config, err := f.loader().RawConfig()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return withPrefix(slices.Sorted(maps.Keys(config.Contexts)), prefix), cobra.ShellCompDirectiveNoFileComp
}

func (f *clusterFlags) completeNamespaces(c *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	return f.completeObjects(c, schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, prefix)
}

func (f *clusterFlags) completeGateways(c *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	return f.completeObjects(c, schema.GroupVersionResource{Group: "gateway.solo.io", Version: "v1", Resource: "gateways"}, prefix)
}

// completeObjects completes the names of objects of a kind, with their namespaces once the prefix has one, and says
// nothing if the cluster does not answer soon.
func (f *clusterFlags) completeObjects(c *cobra.Command, kind schema.GroupVersionResource, prefix string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(contextOf(c), completeTimeout)
	defer cancel()
	listed := make(chan []metav1.PartialObjectMetadata, 1)
	go func() { listed <- f.list(ctx, kind) }() // which a credential plugin may hold up that knows no context
	var names []string
	select {
	case objects := <-listed:
		for _, o := range objects {
			name := o.Name
			if strings.Contains(prefix, "/") {
				name = o.Namespace + "/" + name
			}
			names = append(names, name)
		}
	case <-ctx.Done():
	}
	slices.Sort(names)
	return withPrefix(slices.Compact(names), prefix), cobra.ShellCompDirectiveNoFileComp
}

// list are the objects of a kind, none if they can not be had.
func (f *clusterFlags) list(ctx context.Context, kind schema.GroupVersionResource) []metav1.PartialObjectMetadata {
	config, err := f.config()
	if err != nil {
		return nil
	}
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return nil
	}
	list, err := client.Resource(kind).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil
	}
	return list.Items
}

// completeNoFiles keeps shells from completing file names where a flag takes something else: all flags that do not say
// what completes them.
func completeNoFiles(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		_, files := f.Annotations[cobra.BashCompFilenameExt]
		_, folders := f.Annotations[cobra.BashCompSubdirsInDir]
		if _, said := c.GetFlagCompletionFunc(f.Name); !said && !files && !folders {
			_ = c.RegisterFlagCompletionFunc(f.Name, cobra.NoFileCompletions) // fails only for a flag that does not exist
		}
	})
	for _, sub := range c.Commands() {
		completeNoFiles(sub)
	}
}

// contextOf is the command's context, which cobra does not set when it only completes.
func contextOf(c *cobra.Command) context.Context {
	if ctx := c.Context(); ctx != nil {
		return ctx
	}
	return context.Background()
}

func withPrefix(names []string, prefix string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, prefix) })
}
