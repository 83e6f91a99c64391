package datapath

import (
	"fmt"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// CollectorConfig is the collector's configuration as the chart ships it with these values.
func CollectorConfig(values map[string]any) (string, error) {
	dir, err := repository("charts", "glootrace")
	if err != nil {
		return "", err
	}
	chart, err := loader.LoadDir(dir)
	if err != nil {
		return "", fmt.Errorf("chart: %w", err)
	}
	release := common.ReleaseOptions{Name: "glootrace", Namespace: "gloo-system", IsInstall: true}
	all, err := util.ToRenderValues(chart, values, release, nil)
	if err != nil {
		return "", fmt.Errorf("values of the chart: %w", err)
	}
	rendered, err := engine.Render(chart, all)
	if err != nil {
		return "", fmt.Errorf("render the chart: %w", err)
	}
	const template = "glootrace/templates/collector/config.yaml"
	var configMap corev1.ConfigMap
	if err := yaml.UnmarshalStrict([]byte(rendered[template]), &configMap); err != nil {
		return "", fmt.Errorf("%s: %w", template, err)
	}
	config, ok := configMap.Data["collector.yaml"]
	if !ok {
		return "", fmt.Errorf("%s: no collector.yaml", template)
	}
	return config, nil
}
