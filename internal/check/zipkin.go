package check

import (
	"context"
	"net/url"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/target"
)

// readZipkin follows the collector's exporter, which the chart's ConfigMap has; without it, the chart's Service.
func readZipkin(ctx context.Context, c cluster, f *facts) error {
	var config corev1.ConfigMap
	if err := c.client.Get(ctx, client.ObjectKey{Namespace: c.namespace, Name: "otel-collector"}, &config); client.IgnoreNotFound(err) != nil {
		return err
	}
	if a, exports := zipkinOf(config.Data); exports {
		d, err := resolve(ctx, c, a, c.namespace)
		f.zipkin = &d
		return err
	}
	var found corev1.ServiceList
	if err := c.client.List(ctx, &found, client.InNamespace(c.namespace), target.Labels("zipkin")); err != nil {
		return err
	}
	for _, s := range found.Items {
		d, err := resolve(ctx, c, gloo.Address{Host: s.Name}, c.namespace)
		if err != nil {
			return err
		}
		f.zipkin = &d
	}
	return nil
}

// zipkinOf is where a collector exports to Zipkin, by the files of its configuration, of which the last one wins.
func zipkinOf(files map[string]string) (a gloo.Address, exports bool) {
	for _, file := range []string{"collector.yaml", "extra.yaml"} {
		var config struct {
			Exporters map[string]struct {
				Endpoint string `json:"endpoint"`
				Traces   string `json:"traces_endpoint"`
			} `json:"exporters"`
		}
		if yaml.Unmarshal([]byte(files[file]), &config) != nil {
			continue
		}
		for _, at := range []string{config.Exporters["zipkin"].Endpoint, config.Exporters["otlp_http/zipkin"].Traces} {
			if u, err := url.Parse(at); err == nil && u.Hostname() != "" {
				port, _ := strconv.Atoi(u.Port())
				a, exports = gloo.Address{Host: u.Hostname(), Port: port}, true
			}
		}
	}
	return a, exports
}

func zipkinReady(f *facts) verdict {
	if f.zipkin == nil || f.zipkin.key.Name == "" {
		return verdict{} // another back end, or none of this cluster's
	}
	if why := f.zipkin.unreachable(); why != "" {
		return f.zipkin.mended(fail("%s", why))
	}
	return ok("Service %s, %d ready", f.zipkin.key, f.zipkin.ready)
}
