package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// applies measures what glootrace adds to an apply, through the API server: the same object is applied in a namespace
// that the webhooks are for and, in turns, in kube-system, which they never are for.
func applies(ctx context.Context, config *rest.Config, o options) error {
	config = rest.CopyConfig(config)
	config.QPS = -1
	c, err := client.New(config, client.Options{})
	if err != nil {
		return err
	}
	table := [][]string{{"applied", "p50 without", "p50 with", "added", "p99 without", "p99 with", "added"}}
	for _, file := range []string{"gateway.yaml", "virtualservice.yaml"} {
		doc, err := os.ReadFile(manifests + file)
		if err != nil {
			return err
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(doc, &object.Object); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		const perRound = 20
		took := map[string][]time.Duration{}
		for round := range o.rounds + 1 {
			for _, namespace := range []string{"gloo-system", "kube-system"} {
				for range perRound {
					object := object.DeepCopy()
					object.SetNamespace(namespace)
					start := time.Now()
					err := c.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("bench"), client.ForceOwnership, client.DryRunAll)
					if err != nil {
						return fmt.Errorf("applying %s in %s: %w", file, namespace, err)
					}
					if round > 0 { // the first is for connections and caches
						took[namespace] = append(took[namespace], time.Since(start))
					}
				}
			}
		}
		with, without := took["gloo-system"], took["kube-system"]
		row := []string{object.GetKind()}
		for _, q := range []float64{0.5, 0.99} {
			a, b := quantile(without, q), quantile(with, q)
			row = append(row, printSeconds(a.Seconds()), printSeconds(b.Seconds()), printSeconds((b - a).Seconds()))
		}
		table = append(table, row)
	}
	return writeTable(os.Stdout, table, "apply", o)
}

func quantile(values []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
