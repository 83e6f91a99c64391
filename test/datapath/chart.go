package datapath

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/test/env"
)

// CollectorConfig is the collector's configuration as the chart ships it with these values.
func CollectorConfig(values map[string]any) (string, error) {
	const template = "collector/config.yaml"
	rendered, err := env.Template(template, "v1.34.0", values)
	if err != nil {
		return "", err
	}
	var configMap corev1.ConfigMap
	if err := yaml.UnmarshalStrict([]byte(rendered), &configMap); err != nil {
		return "", fmt.Errorf("%s: %w", template, err)
	}
	config, ok := configMap.Data["collector.yaml"]
	if !ok {
		return "", fmt.Errorf("%s: no collector.yaml", template)
	}
	return config, nil
}
